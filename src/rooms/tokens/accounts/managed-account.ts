/** The account that a request names, for whoever looks after it. Nothing tells another one's from one that is not there. */
import { AppError } from '../../../kernel/errors.ts'
import { checkMayManage, isMachine, managesAccount } from '../../../kernel/managing.ts'
import type { Principal } from '../../../kernel/principal.ts'
import type { StoredAccount } from '../../../store/accounts.ts'

export interface ManagedAccountParts {
  readonly accounts: { byId(id: string): Promise<StoredAccount | null> }
  readonly ownsOrg: (orgId: string, accountId: string) => Promise<boolean>
}

/**
 * @throws AppError `FORBIDDEN`: an agent, or a narrowed credential, whatever account is named;
 *   `NOT_FOUND`: none, or none of his
 */
export type ManagedAccount = (principal: Principal, id: string) => Promise<StoredAccount>

/** Machines, and for administrators everybody. */
export function managedAccount({ accounts, ownsOrg }: ManagedAccountParts): ManagedAccount {
  return async (principal, id) => {
    checkMayManage(principal)
    const account = await accounts.byId(id)
    if (account && (await managesAccount(principal, account, ownsOrg))) return account
    throw noSuchAccount()
  }
}

/** Machines only: people make their own tokens, and nobody is bound to them. */
export function managedMachine(managed: ManagedAccount): ManagedAccount {
  return async (principal, id) => {
    const account = await managed(principal, id)
    if (!isMachine(account)) throw noSuchAccount()
    return account
  }
}

function noSuchAccount(): AppError {
  return new AppError('NOT_FOUND', { details: { reason: 'no such account' } })
}
