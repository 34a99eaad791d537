/** A new key pair for SSH, made in this process: no file ever holds it, and no other program. */
import { generateKeyPairSync, randomBytes } from 'node:crypto'
import { fingerprintOf } from '../../../kernel/upstream/public-key.ts'
import { writeStrings } from '../../../kernel/upstream/wire-string.ts'

export interface SshKeyPair {
  /** Without passphrase, in the format of OpenSSH. */
  readonly privateKey: string
  /** `ssh-ed25519 <base64>` */
  readonly publicKey: string
  /** `SHA256:…` */
  readonly fingerprint: string
}

const ALGORITHM = 'ssh-ed25519'
const MAGIC = 'openssh-key-v1\0'
const NONE = 'none'
/** Of the cipher `none`. */
const BLOCK_BYTES = 8
const LINE_CHARS = 70

/** @param comment stands in the private key; no newline */
export function newEd25519Key(comment: string): SshKeyPair {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519')
  const point = bytesOf(publicKey.export({ format: 'jwk' }).x)
  const seed = bytesOf(privateKey.export({ format: 'jwk' }).d)
  const blob = writeStrings(ALGORITHM, point)
  return {
    privateKey: pem(writePrivate({ blob, point, seed, comment })),
    publicKey: `${ALGORITHM} ${blob.toString('base64')}`,
    fingerprint: fingerprintOf(blob),
  }
}

interface KeyParts {
  /** Public key as it goes over the wire. */
  readonly blob: Buffer
  readonly point: Buffer
  readonly seed: Buffer
  readonly comment: string
}

/** @see PROTOCOL.key of OpenSSH */
function writePrivate({ blob, point, seed, comment }: KeyParts): Buffer {
  const check = randomBytes(4)
  const fields = writeStrings(ALGORITHM, point, Buffer.concat([seed, point]), comment)
  const body = padded(Buffer.concat([check, check, fields]))
  const one = Buffer.of(0, 0, 0, 1)
  return Buffer.concat([Buffer.from(MAGIC), writeStrings(NONE, NONE, ''), one, writeStrings(blob, body)])
}

function padded(body: Buffer): Buffer {
  const missing = (BLOCK_BYTES - (body.length % BLOCK_BYTES)) % BLOCK_BYTES
  return Buffer.concat([body, Buffer.from(Array.from({ length: missing }, (_, n) => n + 1))])
}

function pem(bytes: Buffer): string {
  const lines = bytes.toString('base64').match(new RegExp(`.{1,${LINE_CHARS}}`, 'g')) ?? []
  return ['-----BEGIN OPENSSH PRIVATE KEY-----', ...lines, '-----END OPENSSH PRIVATE KEY-----', ''].join('\n')
}

function bytesOf(base64url: string | undefined): Buffer {
  return Buffer.from(base64url ?? '', 'base64url')
}
