/** The access token of a login, at its beginning and at each refresh. */
import type { Principal } from '../../../kernel/principal.ts'
import type { RefreshFamily } from '../../../store/refresh-tokens.ts'
import { withinOf, type RequestedGrants } from '../requested-grants.ts'
import type { AccessTokenOrder } from '../token-endpoint-types.ts'
import { lineageOfFamily } from './refresh-families.ts'

/**
 * @param principal whoever has logged in, with the grants of the login
 * @param granted what of them the client asked for
 */
export function orderOfLogin(
  family: RefreshFamily,
  principal: Principal,
  granted: RequestedGrants,
  life: Pick<AccessTokenOrder, 'ttlSeconds'>,
): AccessTokenOrder {
  const { audience, words, within, grants } = granted
  const isWhole = within === null && withinOf({ ...principal, grants }) === null
  return {
    subjectId: family.subjectId,
    actorId: family.actorId,
    audience,
    words,
    within,
    ...life,
    ...lineageOfFamily(family),
    clientId: family.clientId,
    login: isWhole && family.actorId === null && family.mintedFrom.length === 0,
  }
}
