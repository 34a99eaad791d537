/** Who belongs to an organisation, and as what. A role there counts in each of its repositories. */
import { AppError } from '../kernel/errors.ts'
import type { NewEvent } from '../kernel/events.ts'
import type { Role } from '../kernel/grants.ts'
import { isUuid } from '../kernel/ids.ts'
import type { Database, Trx } from './database.ts'
import type { Actor, EventLog } from './log/events.ts'
import { invalidCursor, toPage, type Page, type PageRequest } from './page.ts'

export interface OrgMember {
  readonly accountId: string
  readonly role: Role
}

export interface NamedOrgMember extends OrgMember {
  /** `null`: no credential of the account has been seen yet. */
  readonly displayName: string | null
  /** Milliseconds since 1970; a member who can do nothing. */
  readonly disabledAt: number | null
}

export class OrgMembers {
  readonly #database: Database
  readonly #events: EventLog

  constructor(parts: { database: Database; events: EventLog }) {
    this.#database = parts.database
    this.#events = parts.events
  }

  /**
   * In the order of their account ids.
   *
   * @param role only those with this one
   * @throws AppError `VALIDATION_ERROR` for a cursor that is none
   */
  async list(orgId: string, role: Role | undefined, page: PageRequest): Promise<Page<NamedOrgMember>> {
    let query = membersOf(this.#database, orgId)
      .orderBy('m.account_id')
      .limit(page.limit + 1)
    if (role !== undefined) query = query.where('m.role', '=', role)
    if (page.cursor !== undefined) query = query.where('m.account_id', '>', parseAccountId(page.cursor))
    else if (page.offset !== undefined) query = query.offset(page.offset)
    return toPage<NamedOrgMember, NamedOrgMember>(await query.execute(), page.limit, {
      item: (row) => row,
      cursor: (row) => row.accountId,
    })
  }

  async find(orgId: string, accountId: string): Promise<NamedOrgMember | null> {
    const row = await membersOf(this.#database, orgId)
      .where('m.account_id', '=', accountId)
      .executeTakeFirst()
    return row ?? null
  }

  async isOwner(orgId: string, accountId: string): Promise<boolean> {
    return (await this.find(orgId, accountId))?.role === 'owner'
  }

  /** @throws AppError `CONFLICT`: that would leave no owner who can act */
  async put(orgId: string, { accountId, role }: OrgMember, by: Actor): Promise<'added' | 'changed' | 'same'> {
    return this.#change(orgId, async (trx) => {
      const before = await roleOf(trx, orgId, accountId)
      if (before === role) return { result: 'same' }
      if (before === 'owner') await checkAnotherOwner(trx, orgId, accountId)
      await trx
        .insertInto('org_members')
        .values({ org_id: orgId, account_id: accountId, role })
        .onConflict((conflict) => conflict.columns(['org_id', 'account_id']).doUpdateSet({ role }))
        .execute()
      const result = before === null ? 'added' : 'changed'
      return { result, event: memberEvent(`member.${result}`, orgId, { accountId, role }, by) }
    })
  }

  /**
   * @returns false when the account was no member
   * @throws AppError `CONFLICT`: that would leave no owner who can act
   */
  async remove(orgId: string, accountId: string, by: Actor): Promise<boolean> {
    return this.#change(orgId, async (trx) => {
      const role = await roleOf(trx, orgId, accountId)
      if (role === null) return { result: false }
      if (role === 'owner') await checkAnotherOwner(trx, orgId, accountId)
      await trx
        .deleteFrom('org_members')
        .where('org_id', '=', orgId)
        .where('account_id', '=', accountId)
        .execute()
      return { result: true, event: memberEvent('member.removed', orgId, { accountId, role }, by) }
    })
  }

  #change<T>(orgId: string, work: (trx: Trx) => Promise<{ result: T; event?: NewEvent }>): Promise<T> {
    return this.#database.transaction(async (trx) => {
      await this.#database.takeTurn(trx, `organization:${orgId}`)
      const { result, event } = await work(trx)
      if (event) await this.#events.append(trx, [event])
      return result
    })
  }
}

function membersOf({ kysely }: Database, orgId: string) {
  return kysely
    .selectFrom('org_members as m')
    .leftJoin('accounts as a', 'a.id', 'm.account_id')
    .select([
      'm.account_id as accountId',
      'm.role',
      'a.display_name as displayName',
      'a.disabled_at as disabledAt',
    ])
    .where('m.org_id', '=', orgId)
}

function parseAccountId(cursor: string): string {
  if (!isUuid(cursor)) throw invalidCursor()
  return cursor.toLowerCase()
}

async function roleOf(trx: Trx, orgId: string, accountId: string): Promise<Role | null> {
  const row = await trx
    .selectFrom('org_members')
    .select('role')
    .where('org_id', '=', orgId)
    .where('account_id', '=', accountId)
    .executeTakeFirst()
  return row?.role ?? null
}

async function checkAnotherOwner(trx: Trx, orgId: string, accountId: string): Promise<void> {
  const other = await trx
    .selectFrom('org_members as m')
    .leftJoin('accounts as a', 'a.id', 'm.account_id')
    .select('m.account_id')
    .where('m.org_id', '=', orgId)
    .where('m.account_id', '<>', accountId)
    .where('m.role', '=', 'owner')
    .where('a.disabled_at', 'is', null)
    .limit(1)
    .executeTakeFirst()
  if (!other) throw new AppError('CONFLICT', { details: { reason: 'an organisation must keep an owner' } })
}

function memberEvent(
  type: `member.${string}`,
  orgId: string,
  { accountId, role }: OrgMember,
  by: Actor,
): NewEvent {
  return { type, repoId: null, orgId, projectId: null, ...by, targetId: accountId, data: { role } }
}
