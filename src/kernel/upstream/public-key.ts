/** Public keys of SSH: which ones are known, and how they are named. @see RFC 4253, section 6.6; RFC 5656; RFC 8709 */
import { hash } from 'node:crypto'
import { readStrings } from './wire-string.ts'

const CURVE_POINT_BYTES: Readonly<Record<string, number>> = { nistp256: 65, nistp384: 97, nistp521: 133 }
const MIN_RSA_BITS = 2048

/** @returns what is wrong with it, or `null`; @param blob as it goes over the wire */
export function publicKeyFault(blob: Buffer): string | null {
  const [name, ...parts] = readStrings(blob) ?? []
  const algorithm = String(name)
  if (algorithm === 'ssh-ed25519') return parts.length === 1 && parts[0]?.length === 32 ? null : BROKEN
  if (algorithm === 'ssh-rsa') return rsaFault(parts)
  const curve = /^ecdsa-sha2-(nistp(?:256|384|521))$/.exec(algorithm)?.[1]
  if (curve !== undefined) return isOnCurve(curve, parts) ? null : BROKEN
  return 'is of no known algorithm: ssh-ed25519, ecdsa-sha2-nistp256, -384, -521 or ssh-rsa'
}

function rsaFault(parts: readonly Buffer[]): string | null {
  if (parts.length !== 2) return BROKEN
  return bitsOf(parts[1]) < MIN_RSA_BITS ? `is an RSA key of less than ${MIN_RSA_BITS} bits` : null
}

function isOnCurve(curve: string, [name, point, ...more]: readonly Buffer[]): boolean {
  return String(name) === curve && point?.length === CURVE_POINT_BYTES[curve] && more.length === 0
}

const BROKEN = 'does not hold a whole public key'

/** Of a number, with leading zeros. */
function bitsOf(number: Buffer = Buffer.alloc(0)): number {
  const digits = number.toString('hex').replace(/^0+/, '')
  if (digits === '') return 0
  return (digits.length - 1) * 4 + (32 - Math.clz32(parseInt(digits.slice(0, 1), 16)))
}

/** `SHA256:…`, as ssh-keygen(1) shows it. */
export function fingerprintOf(blob: Buffer): string {
  return `SHA256:${hash('sha256', blob, 'base64').replace(/=+$/, '')}`
}
