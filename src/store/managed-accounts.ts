/** Accounts as those see them who look after them: machines of people and organisations, and who is locked out. */
import type { Kysely } from 'kysely'
import type { NewEvent } from '../kernel/events.ts'
import type { Clock } from '../kernel/ports.ts'
import { accountEvent, toAccount, toAccountRow, type StoredAccount } from './account-rows.ts'
import type { Database, Trx } from './database.ts'
import type { Actor, EventLog } from './log/events.ts'
import { parseCursor, toPage, writeCursor, type Page, type PageRequest } from './page.ts'
import type { Revocations } from './revocations.ts'
import type { AccountRow, Schema } from './schema.ts'

export interface NewMachine {
  readonly kind: 'agent' | 'service'
  readonly displayName: string
  /** Exactly one of the two is set. */
  readonly ownerId: string | null
  readonly ownerOrgId: string | null
}

export interface AccountFilter {
  /** Whose machines; `null`: everybody's accounts, people's among them. */
  readonly managedBy: string | null
  readonly kind?: AccountRow['kind'] | undefined
  readonly ownerOrgId?: string | undefined
}

export interface AccountPatch {
  readonly displayName?: string | undefined
  readonly disabled?: boolean | undefined
}

export class ManagedAccounts {
  readonly #database: Database
  readonly #events: EventLog
  readonly #revocations: Revocations
  readonly #clock: Clock
  readonly #newId: () => string

  constructor(parts: {
    database: Database
    events: EventLog
    revocations: Revocations
    clock: Clock
    newId: () => string
  }) {
    this.#database = parts.database
    this.#events = parts.events
    this.#revocations = parts.revocations
    this.#clock = parts.clock
    this.#newId = parts.newId
  }

  async create(fresh: NewMachine, by: Actor): Promise<StoredAccount> {
    const row = toAccountRow(this.#newId(), { ...fresh, email: null }, this.#clock.now())
    await this.#database.transaction(async (trx) => {
      await trx.insertInto('accounts').values(row).execute()
      const { kind, displayName, ownerId } = fresh
      await this.#events.append(trx, [
        accountEvent('account.created', row, by, { kind, displayName, ownerId }),
      ])
    })
    return toAccount(row)
  }

  /** Newest first. @throws AppError `VALIDATION_ERROR` for a cursor that is none */
  async list(filter: AccountFilter, page: PageRequest): Promise<Page<StoredAccount>> {
    let query = this.#database.kysely
      .selectFrom('accounts')
      .selectAll()
      .orderBy('created_at', 'desc')
      .orderBy('id', 'desc')
      .limit(page.limit + 1)
    const { managedBy, kind, ownerOrgId } = filter
    if (managedBy !== null)
      query = query.where('id', 'in', idsOfMachinesManagedBy(this.#database.kysely, managedBy))
    if (kind !== undefined) query = query.where('kind', '=', kind)
    if (ownerOrgId !== undefined) query = query.where('owner_org_id', '=', ownerOrgId)
    if (page.cursor !== undefined) {
      const { createdAt, id } = parseCursor(page.cursor)
      query = query.where((eb) => eb(eb.refTuple('created_at', 'id'), '<', eb.tuple(createdAt, id)))
    } else if (page.offset !== undefined) query = query.offset(page.offset)
    return toPage(await query.execute(), page.limit, {
      item: toAccount,
      cursor: (row) => writeCursor({ createdAt: row.created_at, id: row.id }),
    })
  }

  /**
   * What does not change is not told. The caller must have this process forget what it remembers of
   * credentials afterwards; other processes learn it from the list of changes.
   *
   * @returns the account as it is then; `null` when there is none
   */
  async update(id: string, patch: AccountPatch, by: Actor): Promise<StoredAccount | null> {
    return this.#database.transaction(async (trx) => {
      await this.#database.takeTurn(trx, `account:${id}`)
      const before = await trx.selectFrom('accounts').selectAll().where('id', '=', id).executeTakeFirst()
      if (!before) return null
      const after = patched(before, patch, this.#clock.now())
      const events = changesOf(before, after, by)
      if (events.length > 0) await this.#write(trx, after, events)
      return toAccount(after)
    })
  }

  async #write(trx: Trx, { id, display_name, disabled_at }: AccountRow, events: NewEvent[]): Promise<void> {
    await trx.updateTable('accounts').set({ display_name, disabled_at }).where('id', '=', id).execute()
    await this.#revocations.announce(trx, [id])
    await this.#events.append(trx, events)
  }
}

/** Ids of the machines that belong to the account, or to an organisation that it owns. */
export function idsOfMachinesManagedBy(kysely: Kysely<Schema>, accountId: string) {
  const owned = kysely
    .selectFrom('org_members')
    .select('org_id')
    .where('account_id', '=', accountId)
    .where('role', '=', 'owner')
  return kysely
    .selectFrom('accounts as machine')
    .select('machine.id')
    .where((eb) => eb.or([eb('machine.owner_id', '=', accountId), eb('machine.owner_org_id', 'in', owned)]))
}

function patched(row: AccountRow, { displayName, disabled }: AccountPatch, now: number): AccountRow {
  const disabledAt = disabled === true ? (row.disabled_at ?? now) : null
  return {
    ...row,
    display_name: displayName ?? row.display_name,
    disabled_at: disabled === undefined ? row.disabled_at : disabledAt,
  }
}

function changesOf(before: AccountRow, after: AccountRow, by: Actor): NewEvent[] {
  const { kind, display_name: displayName } = after
  const types = [
    before.display_name === after.display_name ? null : 'account.changed',
    before.disabled_at === after.disabled_at ? null : turned(after),
  ] as const
  return types.flatMap((type) => (type === null ? [] : accountEvent(type, after, by, { kind, displayName })))
}

function turned({ disabled_at: at }: AccountRow): 'account.enabled' | 'account.disabled' {
  return at === null ? 'account.enabled' : 'account.disabled'
}
