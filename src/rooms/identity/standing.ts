/** The accounts behind a verified token: do they stand, and whom do they make together? */
import type { Account } from '../../kernel/account.ts'
import type { Grants } from '../../kernel/grants.ts'
import type { PresentedToken, Principal } from '../../kernel/principal.ts'
import { invalid } from './token-verifier.ts'

/** @throws AppError `INVALID_CREDENTIAL` when there is no such account, or it was disabled */
export function standing(account: Account | null): Account {
  if (account === null) throw invalid('unknown-account')
  if (account.disabledAt !== null) throw invalid('disabled-account')
  return account
}

/**
 * @param subject account whose standing counts
 * @param actor agent that acts for it; `null`: the subject itself
 */
export function principalOfAccounts(
  subject: Account,
  actor: Account | null,
  grants: Grants,
  token: PresentedToken,
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
    token,
  }
}
