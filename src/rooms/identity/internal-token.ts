/** The service-to-service secret of `X-Internal-Token`. */
import { hash, timingSafeEqual } from 'node:crypto'
import type { Verifier } from '../../kernel/credential.ts'
import { INTERNAL } from '../../kernel/principal.ts'
import { invalid } from './token-verifier.ts'

/**
 * Both sides are hashed first, so that neither content nor length decides how long it takes.
 *
 * @param secret `null` or empty: none is configured, and every internal token is refused
 */
export function internalToken(secret: string | null): Verifier {
  const expected = secret ? digest(secret) : null
  return (credential) => {
    if (credential.kind !== 'internal') return Promise.resolve(null)
    if (expected === null || !timingSafeEqual(digest(credential.secret), expected))
      return Promise.reject(invalid('unknown-token'))
    return Promise.resolve(INTERNAL)
  }
}

function digest(text: string): Buffer {
  return hash('sha256', text, 'buffer')
}
