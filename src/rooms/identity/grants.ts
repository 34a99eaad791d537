/** From the claims of a verified token to what it allows. Asks nobody: roles are read elsewhere. */
import { UNRESTRICTED, type Grants } from '../../kernel/grants.ts'
import { grantsOfClaims, wordsOf, type GrantClaims } from '../../kernel/granting/grants-of-claims.ts'
import { isOurScope } from '../../kernel/granting/scopes.ts'
import { invalid } from './token-verifier.ts'

export type { GrantClaims } from '../../kernel/granting/grants-of-claims.ts'

/**
 * Grants of a token that we signed: exactly what stands in it.
 *
 * @throws AppError `INVALID_CREDENTIAL` when a claim is malformed
 */
export function grantsOfOwnToken(claims: GrantClaims, bases: Iterable<string>): Grants {
  const grants = grantsOfClaims(claims, bases)
  if (grants === null) throw invalid('grants')
  return grants
}

/**
 * Grants of another issuer's token. A login token that says nothing in our words is not narrowed; as
 * soon as one of our scopes or any `authorization_details` stand in it, they are all it grants.
 *
 * @param trust.admin whether this issuer's `admin` scope makes an administrator of the server
 * @returns `UNRESTRICTED` itself for a token that is not narrowed
 * @throws AppError `INVALID_CREDENTIAL` when a claim is malformed
 */
export function grantsOfForeignToken(
  claims: GrantClaims,
  bases: Iterable<string>,
  trust: { readonly admin: boolean },
): Grants {
  const words = wordsOf(claims)
  if (words === null) throw invalid('grants')
  if (claims.authorization_details === undefined && !words.some(isOurScope)) return UNRESTRICTED
  const grants = grantsOfOwnToken(claims, bases)
  return { ...grants, admin: grants.admin && trust.admin }
}
