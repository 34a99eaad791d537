/** Which long-lived tokens a caller may see and revoke. */
import { isAllPowerful, isWholeSubject } from '../../../kernel/access.ts'
import { mayManage } from '../../../kernel/managing.ts'
import type { Principal } from '../../../kernel/principal.ts'
import type { TokenSight } from '../../../store/list-tokens.ts'

/**
 * A narrowed token sees itself and what was minted from it: whoever has it need not learn what else its
 * subject uses. An agent sees no further than its own account.
 */
export function sightOf(principal: Principal): TokenSight {
  const { kind, accountId, token } = principal
  if (kind !== 'agent' && isAllPowerful(principal)) return { kind: 'all' }
  if (accountId !== null && mayManage(principal)) return { kind: 'managed', accountId }
  if (accountId !== null && isWholeSubject(principal)) return { kind: 'own', accountId }
  return { kind: 'minted', tokenId: token?.id ?? '' }
}
