/** The accounts behind a verified token: do they stand? */
import type { Account } from '../../kernel/account.ts'
import { invalid } from './token-verifier.ts'

/** @throws AppError `INVALID_CREDENTIAL` when there is no such account, or it was disabled */
export function standing(account: Account | null): Account {
  if (account === null) throw invalid('unknown-account')
  if (account.disabledAt !== null) throw invalid('disabled-account')
  return account
}
