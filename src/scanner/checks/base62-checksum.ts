/** Tokens whose last six characters are the CRC-32 of what is before them, in base 62. */
import { crc32 } from 'node:zlib'

const BASE62 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'

/** `<prefix>_<secret><checksum>`. @see "Behind GitHub's new authentication token formats", GitHub blog, 2021 */
export function hasBase62Checksum(token: string): boolean {
  const body = token.slice(token.lastIndexOf('_') + 1, -6)
  return token.endsWith(base62(crc32(body)))
}

/** Six digits; holds any 32-bit number. */
export function base62(number: number): string {
  let digits = ''
  for (let rest = number; digits.length < 6; rest = Math.floor(rest / 62)) {
    digits = BASE62.charAt(rest % 62) + digits
  }
  return digits
}
