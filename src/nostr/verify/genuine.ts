/** Is a claim true? The one place that says so. */
import { hash } from 'node:crypto'
import type { Claim } from './messages.ts'

/** Of message (32 bytes), x-only public key (32) and signature (64). Throws for what is none of these. @see BIP-340 */
export type VerifySchnorr = (message: Uint8Array, pubkey: Uint8Array, signature: Uint8Array) => boolean

/** Only lower case: another case of the same digits would be another event with the same signature. */
const SIGNATURE = /^[0-9a-f]{128}$/

/** Nothing decides but the hash of what is said and its author's signature. @see NIP-01 */
export function isGenuine({ text, id, pubkey, sig }: Claim, verifySchnorr: VerifySchnorr): boolean {
  const digest = hash('sha256', text, 'buffer')
  if (digest.toString('hex') !== id || !SIGNATURE.test(sig)) return false
  try {
    return verifySchnorr(digest, Buffer.from(pubkey, 'hex'), Buffer.from(sig, 'hex'))
  } catch {
    return false // no point of the curve, or numbers beyond its order
  }
}
