/** The principal of a token that is about to be made, without one that was presented. */
import type { Account } from '../../kernel/account.ts'
import type { Grants } from '../../kernel/grants.ts'
import type { Principal } from '../../kernel/principal.ts'
import { principalOfAccounts } from '../../kernel/principal-of-accounts.ts'

export interface Parties {
  /** Account whose standing counts. */
  readonly subjectId: string
  /** Agent that acts for it. */
  readonly actorId: string | null
}

/** @returns `null` when one of the accounts is gone or disabled */
export type StandingPrincipal = (parties: Parties, grants: Grants) => Promise<Principal | null>

export function standingPrincipal(accounts: {
  byId(id: string): Promise<Account | null>
}): StandingPrincipal {
  const standing = async (id: string) => {
    const account = await accounts.byId(id)
    return account?.disabledAt === null ? account : null
  }
  return async ({ subjectId, actorId }, grants) => {
    const subject = await standing(subjectId)
    const actor = actorId === null ? null : await standing(actorId)
    if (subject === null || (actorId !== null && actor === null)) return null
    return principalOfAccounts(subject, actor, grants)
  }
}
