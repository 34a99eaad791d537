/**
 * Tokens of other issuers as assertions: what they say of a workload, by the keys of those who say it.
 * Makes no principal and no account; what an assertion is good for is the tokens room's business.
 *
 * @see RFC 7523, section 3
 */
import type { JWTVerifyGetKey } from 'jose'
import type { VerifyAssertion } from '../../kernel/assertion.ts'
import type { Clock } from '../../kernel/ports.ts'
import { checkJwt, peekJwt, type CheckedClaims } from './jwt.ts'
import { invalid } from './token-verifier.ts'

export interface AssertionIssuer {
  /** Exact value of `iss`. */
  readonly issuer: string
  /** The only ones that it may sign with. */
  readonly algorithms: readonly string[]
  readonly key: JWTVerifyGetKey
}

const MAX_ASSERTION_BYTES = 8 * 1024

/** Checks signature, times and that issuer, subject and audience are named; which audience, the caller asks. */
export function assertionsOf(issuers: readonly AssertionIssuer[], clock: Clock): VerifyAssertion {
  return async (jwt) => {
    if (Buffer.byteLength(jwt) > MAX_ASSERTION_BYTES) throw invalid('too-large')
    const named = peekJwt(jwt)?.issuer
    const from = issuers.find(({ issuer }) => issuer === named)
    if (!from) throw invalid('unknown-issuer')
    const { issuer, algorithms, key } = from
    const claims = await checkJwt(jwt, key, { algorithms, issuers: [issuer] }, clock)
    const audiences = audiencesOf(claims)
    if (audiences === null || audiences.length === 0 || typeof claims.sub !== 'string' || claims.sub === '')
      throw invalid('claims')
    return { issuer, audiences, expiresAt: claims.exp * 1000, claims }
  }
}

/** @returns `null` when one is no text; a NUL is none to PostgreSQL. @see RFC 7519, section 4.1.3 */
function audiencesOf({ aud }: CheckedClaims): readonly string[] | null {
  const audiences: unknown = typeof aud === 'string' ? [aud] : (aud ?? [])
  if (!Array.isArray(audiences)) return null
  const areText = audiences.every((one) => typeof one === 'string' && !one.includes('\0'))
  return areText ? (audiences as string[]) : null
}
