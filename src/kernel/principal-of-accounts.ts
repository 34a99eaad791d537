/** Whom the accounts behind a credential make together. Whether they stand is asked before. */
import type { Account } from './account.ts'
import type { Grants } from './grants.ts'
import type { PresentedToken, Principal } from './principal.ts'

/**
 * @param subject account whose standing counts
 * @param actor agent that acts for it; `null`: the subject itself
 * @param token absent for one that is about to be made
 */
export function principalOfAccounts(
  subject: Account,
  actor: Account | null,
  grants: Grants,
  token?: PresentedToken,
): Principal {
  const { kind, id, displayName, email } = actor ?? subject
  return {
    kind: actor === null ? kind : 'agent',
    accountId: id,
    displayName,
    email,
    ...(actor !== null && { actingFor: subject.id }),
    ...(subject.administrator && { administrator: true }),
    grants,
    ...(token && { token }),
  }
}
