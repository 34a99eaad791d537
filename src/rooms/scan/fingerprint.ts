/** Names a finding so that it can be talked about and approved, without giving away what was found. */
import { createHmac, hkdfSync } from 'node:crypto'
import type { Fingerprint } from './shown-finding.ts'

const KEY_BYTES = 32
const DIGITS = 32

/**
 * The same for the same rule, path and secret, wherever and whenever they are pushed, as long as the server has
 * this secret. Nobody without it can try out what was found.
 *
 * @see RFC 2104, RFC 5869
 */
export function fingerprintWith(serverSecret: Buffer): Fingerprint {
  const key = Buffer.from(hkdfSync('sha256', serverSecret, '', 'sluice secret fingerprints', KEY_BYTES))
  return (rule, path, secret) =>
    createHmac('sha256', key)
      .update(JSON.stringify([rule, path, secret]))
      .digest('hex')
      .slice(0, DIGITS)
}
