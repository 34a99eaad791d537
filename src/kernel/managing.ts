/**
 * Who looks after accounts and organisations. Pure: who owns an organisation is read by whoever asks.
 *
 * No agent does, whoever it acts for and whatever its token grants: it could otherwise make more of its
 * kind, which outlive it. Nor does a credential that is less than its subject.
 */
import { isAllPowerful, isWholeSubject } from './access.ts'
import type { Account } from './account.ts'
import { AppError } from './errors.ts'
import type { Principal } from './principal.ts'

/** Is it an account that belongs to somebody? */
export function isMachine({ ownerId, ownerOrgId }: Pick<Account, 'ownerId' | 'ownerOrgId'>): boolean {
  return ownerId !== null || ownerOrgId !== null
}

export function mayManage(principal: Principal): boolean {
  return principal.kind !== 'agent' && (isAllPowerful(principal) || isWholeSubject(principal))
}

/**
 * Asked before it is known what is to be managed, so that the answer tells nothing of it.
 *
 * @throws AppError `FORBIDDEN`: an agent, or a credential that is narrowed
 */
export function checkMayManage(principal: Principal): void {
  if (mayManage(principal)) return
  const agent = { required: 'account', missing: 'role', reason: 'agents manage no accounts' }
  const narrowed = {
    required: 'repo:admin',
    missing: 'scope',
    reason: 'a narrowed token manages no accounts',
  }
  throw new AppError('FORBIDDEN', { details: principal.kind === 'agent' ? agent : narrowed })
}

/** Whoever owns a machine, or the organisation that it belongs to; administrators look after everybody. */
export async function managesAccount(
  principal: Principal,
  { ownerId, ownerOrgId }: Pick<Account, 'ownerId' | 'ownerOrgId'>,
  ownsOrg: (orgId: string, accountId: string) => Promise<boolean>,
): Promise<boolean> {
  if (!mayManage(principal)) return false
  if (isAllPowerful(principal)) return true
  const { accountId } = principal
  if (accountId === null) return false
  return ownerId === accountId || (ownerOrgId !== null && (await ownsOrg(ownerOrgId, accountId)))
}
