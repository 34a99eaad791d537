/** A private key for SSH as somebody gives it: is it whole and unlocked, and what is its fingerprint. Starts no process. */
import { createPrivateKey, createPublicKey, type JsonWebKey, type KeyObject } from 'node:crypto'
import { fingerprintOf, publicKeyFault } from './public-key.ts'
import { takeString, writeStrings } from './wire-string.ts'

const OPENSSH_FORM =
  /^-----BEGIN OPENSSH PRIVATE KEY-----\n([A-Za-z0-9+/=\n]+)\n-----END OPENSSH PRIVATE KEY-----\n$/
const PEM_FORM =
  /^-----BEGIN (?:RSA |EC |ENCRYPTED )?PRIVATE KEY-----\n[\x20-\x7e\n]+\n-----END [A-Z ]+-----\n$/
const MAGIC = Buffer.from('openssh-key-v1\0')

/** @returns what is wrong with it in words that repeat nothing of it, or `null` */
export function privateKeyFault(text: string): string | null {
  const read = readKey(text)
  return typeof read === 'string' ? read : publicKeyFault(read)
}

/** `SHA256:…` of the public half. @throws Error unless `privateKeyFault` finds nothing */
export function privateKeyFingerprint(text: string): string {
  const read = readKey(text)
  if (typeof read === 'string') throw new Error(`not a private key: it ${read}`)
  return fingerprintOf(read)
}

/** As ssh(1) reads it: without carriage returns, one line feed at the end. */
export function cleanPrivateKey(text: string): string {
  return `${text.replaceAll('\r\n', '\n').trim()}\n`
}

/** @returns the public half as it goes over the wire, or what is wrong */
function readKey(text: string): Buffer | string {
  const clean = cleanPrivateKey(text)
  const openssh = OPENSSH_FORM.exec(clean)
  if (openssh) return readOpenSsh(Buffer.from(openssh[1]!, 'base64'))
  if (PEM_FORM.test(clean)) return readPem(clean)
  return 'is no private key in the format of OpenSSH or PEM'
}

const LOCKED = 'is locked with a passphrase, which nobody can be asked for'
const BROKEN = 'does not hold a whole private key'

/** @see PROTOCOL.key of OpenSSH */
function readOpenSsh(bytes: Buffer): Buffer | string {
  if (!bytes.subarray(0, MAGIC.length).equals(MAGIC)) return BROKEN
  const cipher = takeString(bytes.subarray(MAGIC.length))
  const kdf = cipher && takeString(cipher.rest)
  const kdfOptions = kdf && takeString(kdf.rest)
  if (!kdfOptions || kdfOptions.rest.length < 4) return BROKEN
  if (String(cipher?.value) !== 'none') return LOCKED
  if (kdfOptions.rest.readUInt32BE(0) !== 1) return 'holds more than one key'
  const publicHalf = takeString(kdfOptions.rest.subarray(4))
  const secretHalf = publicHalf && takeString(publicHalf.rest)
  return secretHalf && isSecretHalf(secretHalf.value, publicHalf.value) ? publicHalf.value : BROKEN
}

/** It begins with one number twice and the parts of the public half, at least the name of its algorithm. */
function isSecretHalf(secret: Buffer, publicHalf: Buffer): boolean {
  if (secret.length < 8 || !secret.subarray(0, 4).equals(secret.subarray(4, 8))) return false
  const [inSecret, inPublic] = [takeString(secret.subarray(8)), takeString(publicHalf)]
  return inSecret !== null && inPublic !== null && inSecret.value.equals(inPublic.value)
}

function readPem(text: string): Buffer | string {
  if (/ENCRYPTED/.test(text)) return LOCKED
  let key: KeyObject
  try {
    key = createPrivateKey(text)
  } catch {
    return BROKEN
  }
  return publicHalfOf(createPublicKey(key).export({ format: 'jwk' }))
}

/** @see RFC 7518, section 6; RFC 5656, section 3.1 */
function publicHalfOf({ kty, crv, x = '', y = '', n = '', e = '' }: JsonWebKey): Buffer | string {
  if (kty === 'RSA') return writeStrings('ssh-rsa', asNumber(e), asNumber(n))
  const curve = { 'P-256': 'nistp256', 'P-384': 'nistp384', 'P-521': 'nistp521' }[crv ?? '']
  if (curve === undefined)
    return 'is a key that ssh does not read as PEM: write it with ssh-keygen -p -N "" -f <file>'
  const point = Buffer.concat([Buffer.of(4), Buffer.from(x, 'base64url'), Buffer.from(y, 'base64url')])
  return writeStrings(`ecdsa-sha2-${curve}`, curve, point)
}

/** A leading zero keeps it from being read as negative. @see RFC 4251, section 5, mpint */
function asNumber(base64url: string): Buffer {
  const bytes = Buffer.from(base64url, 'base64url')
  return bytes[0]! >= 0x80 ? Buffer.concat([Buffer.of(0), bytes]) : bytes
}
