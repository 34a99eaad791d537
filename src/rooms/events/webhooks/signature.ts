/**
 * How a webhook proves where it comes from.
 *
 * @see Standard Webhooks 1.0.0, "Signature scheme" and "Webhook headers"
 */
import { createHmac, randomBytes } from 'node:crypto'

const PREFIX = 'whsec_'
/** The scheme wants 24 to 64. */
const SECRET_BYTES = 32

/** As it is shown to its owner, once. */
export function newSecret(): string {
  return PREFIX + randomBytes(SECRET_BYTES).toString('base64')
}

export interface SignedMessage {
  /** The same for every attempt; without a full stop. */
  readonly id: string
  /** Of the attempt, in whole seconds since 1970. */
  readonly timestampSeconds: number
  /** Exactly as it is sent. */
  readonly body: string
}

/** @param secrets each of them signs: while one is replaced there are two */
export function signatureHeaders(
  { id, timestampSeconds, body }: SignedMessage,
  secrets: readonly string[],
): Record<'webhook-id' | 'webhook-timestamp' | 'webhook-signature', string> {
  const content = `${id}.${timestampSeconds}.${body}`
  const signatures = secrets.map((secret) => `v1,${hmac(secret, content)}`)
  return {
    'webhook-id': id,
    'webhook-timestamp': String(timestampSeconds),
    'webhook-signature': signatures.join(' '),
  }
}

function hmac(secret: string, content: string): string {
  const key = Buffer.from(secret.slice(PREFIX.length), 'base64')
  return createHmac('sha256', key).update(content).digest('base64')
}
