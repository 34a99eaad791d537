/** Another issuer whose tokens are accepted, by the keys it publishes. @see RFC 7517, RFC 9068 */
import type { Clock } from '../../kernel/ports.ts'
import { foreignPrincipal, type ForeignSubjects } from './foreign-principal.ts'
import type { JwksKeys } from './jwks-keys.ts'
import { checkJwt, type JwtIssuer } from './jwt.ts'

export type JwksAlgorithm = 'RS256' | 'ES256' | 'EdDSA'

export interface JwksIssuerRules {
  /** Exact value of `iss`. */
  readonly issuer: string
  /** One of these must be among the token's audiences. */
  readonly audiences: readonly string[]
  /** The only ones that this issuer's tokens may be signed with. */
  readonly algorithms: readonly JwksAlgorithm[]
}

/** @throws TypeError when no audience or no algorithm is pinned: either would accept too much */
export function jwksIssuer(
  rules: JwksIssuerRules,
  keys: JwksKeys,
  subjects: ForeignSubjects,
  clock: Clock,
): JwtIssuer {
  const { issuer, audiences, algorithms } = rules
  if (issuer === '' || audiences.length === 0 || algorithms.length === 0)
    throw new TypeError('a JWKS issuer needs its name, an audience and an algorithm')
  const pinned = { issuers: [issuer], audiences, algorithms }
  return {
    claims: (jwt) => jwt.issuer === issuer,
    verify: async (token) =>
      foreignPrincipal(token, await checkJwt(token, keys.resolve, pinned, clock), subjects),
  }
}
