/**
 * The shape of our own opaque tokens, `slc_<kind>_<43 base62 characters><6 checksum>`: fixed, so that
 * secret scanners can find leaked ones, and checkable before the database is asked.
 */
import { hash, randomBytes } from 'node:crypto'
import { crc32 } from 'node:zlib'

export const OPAQUE_TOKEN_PREFIX = 'slc_'

const BASE62 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
/** 43 characters hold 256 bits. */
const SECRET_CHARS = 43
/** Six characters hold any 32-bit number. */
const CHECKSUM_CHARS = 6
const SHAPE = /^(slc_([a-z][a-z0-9]{1,15})_[0-9A-Za-z]{43})([0-9A-Za-z]{6})$/
/** The largest multiple of 62 in a byte; what lies above would favour the first characters. */
const UNBIASED_BELOW = 248

export interface OpaqueToken {
  /** Word between the underscores, e.g. `admin`. */
  readonly kind: string
  /** SHA-256 of the whole token, lower-case hex: what is stored. */
  readonly hash: string
}

/** A new secret; the only moment at which it is known. */
export function mintOpaqueToken(kind: string): { readonly token: string } & OpaqueToken {
  const body = `${OPAQUE_TOKEN_PREFIX}${kind}_${randomBase62(SECRET_CHARS)}`
  const token = body + checksum(body)
  if (!SHAPE.test(token)) throw new TypeError('kind of an opaque token: 2-16 lower-case letters and digits')
  return { token, kind, hash: hashOpaqueToken(token) }
}

/** `null` when the text is not such a token: wrong shape, or a checksum that does not match. */
export function parseOpaqueToken(text: string): OpaqueToken | null {
  const [, body = '', kind = '', sum] = SHAPE.exec(text) ?? []
  return sum !== undefined && sum === checksum(body) ? { kind, hash: hashOpaqueToken(text) } : null
}

export function hashOpaqueToken(token: string): string {
  return hash('sha256', token, 'hex')
}

function checksum(body: string): string {
  let rest = crc32(body)
  let digits = ''
  for (let i = 0; i < CHECKSUM_CHARS; i++) {
    digits = BASE62.charAt(rest % 62) + digits
    rest = Math.floor(rest / 62)
  }
  return digits
}

function randomBase62(length: number): string {
  let text = ''
  while (text.length < length)
    for (const byte of randomBytes(length)) if (byte < UNBIASED_BELOW) text += BASE62.charAt(byte % 62)
  return text.slice(0, length)
}
