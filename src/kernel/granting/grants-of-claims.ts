/**
 * What the words of a token, or of a request for one, grant: `scope` and `authorization_details` meet
 * here in one type. Asks nobody: roles are read elsewhere.
 */
import type { Grants, GrantTarget } from '../grants.ts'
import { repositoryOfAudience } from './audience.ts'
import { grantsOfDetails } from './authorization-details.ts'
import { grantsOfScopes } from './scopes.ts'

/** The claims, or parameters of a request, that speak of grants; as they came. */
export interface GrantClaims {
  /** Words parted by spaces, or a list of words. @see RFC 8693, section 4.2 */
  readonly scope?: unknown
  /** Some issuers call it so. */
  readonly scp?: unknown
  /** @see RFC 9396, section 2 */
  readonly authorization_details?: unknown
  readonly aud?: string | readonly string[] | undefined
}

/**
 * Exactly what the words say.
 *
 * @param bases public origins of this server
 * @returns `null` when one of them is malformed
 */
export function grantsOfClaims(claims: GrantClaims, bases: Iterable<string>): Grants | null {
  const words = wordsOf(claims)
  const details = claims.authorization_details
  const detailed = details === undefined ? [] : grantsOfDetails(details)
  if (words === null || detailed === null) return null
  const { admin, repositories } = grantsOfScopes(words, repositoriesNamed(claims.aud, [...bases]))
  return { admin, repositories: repositories.concat(detailed) }
}

/** @returns `null` when a claim is neither text nor a list of words */
export function wordsOf({ scope, scp }: GrantClaims): readonly string[] | null {
  const [ours, theirs] = [wordsOfClaim(scope), wordsOfClaim(scp)]
  return ours && theirs && [...ours, ...theirs]
}

function wordsOfClaim(claim: unknown): readonly string[] | null {
  if (claim === undefined) return []
  if (typeof claim === 'string') return claim.split(' ').filter((word) => word !== '')
  return Array.isArray(claim) && claim.every((word) => typeof word === 'string') ? claim : null
}

function repositoriesNamed(aud: GrantClaims['aud'], bases: readonly string[]): readonly GrantTarget[] {
  const audiences = typeof aud === 'string' ? [aud] : (aud ?? [])
  return audiences.flatMap((audience) => repositoryOfAudience(audience, bases) ?? [])
}
