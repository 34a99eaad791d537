/** One name for a finding, wherever it stands in its file. That of a server is keyed, and another one. */
import { createHash } from 'node:crypto'

const DIGITS = 32

/** @param path `null` for messages. @param secret one character for each byte */
export function fingerprint(rule: string, path: string | null, secret: string): string {
  const text = JSON.stringify([rule, path])
  return createHash('sha256').update(text).update(secret, 'latin1').digest('hex').slice(0, DIGITS)
}
