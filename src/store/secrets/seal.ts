/** Encrypts what must not lie readable in the database: AES-256-GCM, bound to the row it belongs to. */
import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto'

const VERSION = 1
const IV_BYTES = 12
const TAG_BYTES = 16

export interface Seal {
  /** @param row name of the row; what was sealed for one cannot be opened for another */
  seal(plain: string, row: string): string
  /** @throws Error when the secret is another, or the row or the bytes were changed */
  open(sealed: string, row: string): string
}

/** @param purpose keeps keys for different uses of one secret apart. @see RFC 5869 (`info`) */
export function sealWith(secret: Buffer, purpose: string): Seal {
  const key = Buffer.from(hkdfSync('sha256', secret, '', `sluice ${purpose}`, 32))
  return {
    seal: (plain, row) => {
      const iv = randomBytes(IV_BYTES)
      const cipher = createCipheriv('aes-256-gcm', key, iv).setAAD(Buffer.from(row))
      const body = Buffer.concat([cipher.update(plain, 'utf8'), cipher.final()])
      return Buffer.concat([Buffer.of(VERSION), iv, cipher.getAuthTag(), body]).toString('base64')
    },
    open: (sealed, row) => {
      const bytes = Buffer.from(sealed, 'base64')
      if (bytes[0] !== VERSION || bytes.length < 1 + IV_BYTES + TAG_BYTES)
        throw new Error('not a sealed value')
      const tagAt = 1 + IV_BYTES
      const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(1, tagAt), {
        authTagLength: TAG_BYTES,
      })
        .setAAD(Buffer.from(row))
        .setAuthTag(bytes.subarray(tagAt, tagAt + TAG_BYTES))
      return decipher.update(bytes.subarray(tagAt + TAG_BYTES), undefined, 'utf8') + decipher.final('utf8')
    },
  }
}
