/** From the claims of a verified token to what it allows. Asks nobody: roles are read elsewhere. */
import { UNRESTRICTED, type Grants, type GrantTarget } from '../../kernel/grants.ts'
import { repositoryOfAudience } from './audience.ts'
import { grantsOfDetails } from './authorization-details.ts'
import { grantsOfScopes, isOurScope } from './scopes.ts'
import { invalid } from './token-verifier.ts'

/** The claims that speak of grants, as the token holds them. */
export interface GrantClaims {
  /** Words parted by spaces, or a list of words. @see RFC 8693, section 4.2 */
  readonly scope?: unknown
  /** Some issuers call it so. */
  readonly scp?: unknown
  readonly authorization_details?: unknown
  readonly aud?: string | readonly string[] | undefined
}

/**
 * Grants of a token that we signed: exactly what stands in it.
 *
 * @throws AppError `INVALID_CREDENTIAL` when a claim is malformed
 */
export function grantsOfOwnToken(claims: GrantClaims, bases: Iterable<string>): Grants {
  const named = repositoriesNamed(claims.aud, [...bases])
  const { admin, repositories } = grantsOfScopes(wordsOf(claims), named)
  const details = claims.authorization_details
  return { admin, repositories: repositories.concat(details === undefined ? [] : grantsOfDetails(details)) }
}

/**
 * Grants of another issuer's token. A login token that says nothing in our words is not narrowed; as
 * soon as one of our scopes or any `authorization_details` stand in it, they are all it grants.
 *
 * @param trust.admin whether this issuer's `admin` scope makes an administrator of the server
 * @throws AppError `INVALID_CREDENTIAL` when a claim is malformed
 */
export function grantsOfForeignToken(
  claims: GrantClaims,
  bases: Iterable<string>,
  trust: { readonly admin: boolean },
): Grants {
  const silent = claims.authorization_details === undefined && !wordsOf(claims).some(isOurScope)
  if (silent) return UNRESTRICTED
  const grants = grantsOfOwnToken(claims, bases)
  return { ...grants, admin: grants.admin && trust.admin }
}

function wordsOf({ scope, scp }: GrantClaims): readonly string[] {
  return [...wordsOfClaim(scope), ...wordsOfClaim(scp)]
}

function wordsOfClaim(claim: unknown): readonly string[] {
  if (claim === undefined) return []
  if (typeof claim === 'string') return claim.split(' ').filter((word) => word !== '')
  if (Array.isArray(claim) && claim.every((word) => typeof word === 'string')) return claim
  throw invalid('grants')
}

function repositoriesNamed(aud: GrantClaims['aud'], bases: readonly string[]): readonly GrantTarget[] {
  const audiences = typeof aud === 'string' ? [aud] : (aud ?? [])
  return audiences.flatMap((audience) => repositoryOfAudience(audience, bases) ?? [])
}
