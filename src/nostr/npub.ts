/** Public keys as people see them. @see NIP-19 */
import { bech32 } from '@scure/base'

const HEX_KEY = /^[0-9a-f]{64}$/
const NPUB = /^npub1[02-9ac-hj-np-z]{58}$/

/** 64 lower-case hex digits. Whether a key is on the curve shows when it signs. */
export function isHexKey(text: string): boolean {
  return HEX_KEY.test(text)
}

/** @param pubkey 64 hex digits */
export function npubOf(pubkey: string): string {
  return bech32.encode('npub', bech32.toWords(Buffer.from(pubkey, 'hex')))
}

/** @returns 64 hex digits; `null` unless it is one in lower case with a good checksum */
export function parseNpub(text: string): string | null {
  if (!NPUB.test(text)) return null
  const decoded = bech32.decodeUnsafe(text)
  const bytes = decoded && bech32.fromWordsUnsafe(decoded.words)
  return bytes?.length === 32 ? Buffer.from(bytes).toString('hex') : null
}
