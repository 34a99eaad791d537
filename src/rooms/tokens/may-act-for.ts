/** Which machines somebody may let act for him. @see RFC 8693, sections 1.1 and 4.1 */
import type { Account } from '../../kernel/account.ts'
import type { Principal } from '../../kernel/principal.ts'

export interface MayActForParts {
  readonly accounts: { byId(accountId: string): Promise<Account | null> }
  readonly isMember: (orgId: string, accountId: string) => Promise<boolean>
}

/** A machine of his own, or of an organisation that he belongs to. Nobody acts for himself. */
export async function mayActFor(
  { accounts, isMember }: MayActForParts,
  actor: Principal & { readonly accountId: string },
  subjectId: string,
): Promise<boolean> {
  if (actor.kind !== 'agent' && actor.kind !== 'service') return false
  const account = await accounts.byId(actor.accountId)
  if (account === null || account.id === subjectId) return false
  if (account.ownerId === subjectId) return true
  return account.ownerOrgId !== null && (await isMember(account.ownerOrgId, subjectId))
}
