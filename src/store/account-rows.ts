/** Accounts as rows and back, and what the log says of them. */
import type { Account, NewAccount } from '../kernel/account.ts'
import type { NewEvent } from '../kernel/events.ts'
import type { Actor } from './log/events.ts'
import type { AccountRow } from './schema.ts'

export interface StoredAccount extends Account {
  /** Milliseconds since 1970. */
  readonly createdAt: number
}

/** @param now milliseconds since 1970 */
export function toAccountRow(id: string, account: NewAccount, now: number): AccountRow {
  const { kind, displayName, email, ownerId = null, ownerOrgId = null, administrator = false } = account
  return {
    id,
    kind,
    display_name: displayName,
    email,
    created_at: now,
    owner_id: ownerId,
    owner_org_id: ownerOrgId,
    disabled_at: null,
    administrator: administrator ? 1 : 0,
  }
}

export function toAccount(row: AccountRow): StoredAccount {
  const { id, kind, email } = row
  return {
    id,
    kind,
    displayName: row.display_name,
    email,
    ownerId: row.owner_id,
    ownerOrgId: row.owner_org_id,
    disabledAt: row.disabled_at,
    administrator: row.administrator === 1,
    createdAt: row.created_at,
  }
}

export function accountEvent(
  type: `account.${string}`,
  row: Pick<AccountRow, 'id' | 'owner_org_id'>,
  by: Actor,
  data: object,
): NewEvent {
  return { type, repoId: null, orgId: row.owner_org_id, projectId: null, ...by, targetId: row.id, data }
}
