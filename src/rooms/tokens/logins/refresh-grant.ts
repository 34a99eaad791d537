/**
 * The next access token of a login, for its refresh token, which is replaced by another one. It may do
 * as much as the login, or less.
 *
 * @see RFC 6749, section 6; RFC 9700, section 4.14.2
 */
import { AppError } from '../../../kernel/errors.ts'
import type { RefreshFamily } from '../../../store/refresh-tokens.ts'
import { grantRequestOf, type ReadRequestedGrants } from '../requested-grants.ts'
import type { StandingPrincipal } from '../standing-principal.ts'
import { tokenAnswer } from '../token-answer.ts'
import type { GrantHandler, IssueAccessToken, TokenClient } from '../token-endpoint-types.ts'
import { wishedLife } from '../token-lifetime.ts'
import { orderOfLogin } from './order-of-login.ts'
import { lineageOfFamily, type RefreshFamilies } from './refresh-families.ts'

export const REFRESH_TOKEN = 'refresh_token'

export interface RefreshGrantParts {
  readonly families: Pick<RefreshFamilies, 'find' | 'rotate'>
  readonly anyRevoked: (tokenIds: readonly string[]) => Promise<boolean>
  readonly standing: StandingPrincipal
  readonly requested: ReadRequestedGrants
  readonly issue: IssueAccessToken
}

/** The old token is replaced last: a request that asks for too much has not used it up. */
export function refreshGrant(parts: RefreshGrantParts): GrantHandler {
  return async ({ form, client }) => {
    const token = form.require('refresh_token')
    const family = await familyOf(parts, token, client)
    const principal = await parts.standing(family, family.grants)
    if (principal === null) throw invalidGrant()
    const granted = await parts.requested(grantRequestOf(form), principal)
    const issued = await parts.issue(orderOfLogin(family, principal, granted, wishedLife(form)))
    const successor = await parts.families.rotate(token)
    if (successor === null) throw invalidGrant()
    return { ...tokenAnswer(issued, granted.words), refresh_token: successor }
  }
}

/** @throws AppError `OAUTH_INVALID_GRANT`; a token that was replaced long ago has ended its family by then */
async function familyOf(
  { families, anyRevoked }: RefreshGrantParts,
  token: string,
  client: TokenClient | null,
): Promise<RefreshFamily> {
  const presented = await families.find(token)
  if (presented === null) throw invalidGrant()
  const { family, reused } = presented
  if (family.clientId !== null && family.clientId !== client?.id) throw invalidGrant()
  if (reused) await families.rotate(token)
  if (await anyRevoked(lineageOfFamily(family).mintedFrom)) throw invalidGrant()
  return family
}

function invalidGrant(): AppError {
  const reason = 'the refresh token is not valid, was used before, or is of another client; log in again'
  return new AppError('OAUTH_INVALID_GRANT', { details: { reason } })
}
