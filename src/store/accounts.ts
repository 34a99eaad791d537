/** Accounts: whom the server knows, and by which identities of which issuers. */
import type { NewAccount } from '../kernel/account.ts'
import { isUuid } from '../kernel/ids.ts'
import type { Clock } from '../kernel/ports.ts'
import { accountEvent, toAccount, toAccountRow, type StoredAccount } from './account-rows.ts'
import type { Database, Trx } from './database.ts'
import type { EventLog } from './log/events.ts'
import type { AccountRow } from './schema.ts'

export type { StoredAccount } from './account-rows.ts'

/** Who somebody is by the word of an issuer. */
export interface Identity {
  readonly issuer: string
  readonly subject: string
}

export class Accounts {
  readonly #database: Database
  readonly #events: Pick<EventLog, 'append'>
  readonly #clock: Clock
  readonly #newId: () => string

  constructor(parts: {
    database: Database
    events: Pick<EventLog, 'append'>
    clock: Clock
    newId: () => string
  }) {
    this.#database = parts.database
    this.#events = parts.events
    this.#clock = parts.clock
    this.#newId = parts.newId
  }

  /**
   * The account of an identity, made at first sight; two at once make one.
   *
   * @param fresh what the account is made of if it is made now; a known one stays as it is
   */
  async atFirstSight(identity: Identity, fresh: NewAccount): Promise<StoredAccount> {
    return (await this.byIdentity(identity)) ?? (await this.#make(identity, fresh))
  }

  /** An account without an identity. Machines of somebody are made by managed-accounts.ts, with their event. */
  async create(fresh: NewAccount): Promise<StoredAccount> {
    const row = toAccountRow(this.#newId(), fresh, this.#clock.now())
    await this.#database.kysely.insertInto('accounts').values(row).execute()
    return toAccount(row)
  }

  async byId(id: string): Promise<StoredAccount | null> {
    const row = await this.#database.kysely
      .selectFrom('accounts')
      .selectAll()
      .where('id', '=', id)
      .executeTakeFirst()
    return row ? toAccount(row) : null
  }

  async byIdentity({ issuer, subject }: Identity): Promise<StoredAccount | null> {
    const row = await this.#database.kysely
      .selectFrom('identities')
      .innerJoin('accounts', 'accounts.id', 'identities.account_id')
      .selectAll('accounts')
      .where('issuer', '=', issuer)
      .where('subject', '=', subject)
      .executeTakeFirst()
    return row ? toAccount(row) : null
  }

  /** A subject that is a UUID is the id of its account, whoever issued it. */
  async #make(identity: Identity, fresh: NewAccount): Promise<StoredAccount> {
    const wanted = isUuid(identity.subject) ? identity.subject.toLowerCase() : this.#newId()
    return this.#database.transaction(async (trx) => {
      const claimed = await claim(trx, identity, wanted)
      const made = await insert(trx, toAccountRow(claimed.id, fresh, this.#clock.now()))
      const row = made ?? (await find(trx, claimed.id))
      const by = { actorId: row.id, agentId: null }
      const { kind, display_name: displayName, owner_id: ownerId } = row
      const { issuer } = identity
      if (made)
        await this.#events.append(trx, [
          accountEvent('account.created', row, by, { kind, displayName, ownerId, issuer }),
        ])
      else if (claimed.isNew)
        await this.#events.append(trx, [accountEvent('account.identity_added', row, by, { issuer })])
      return toAccount(row)
    })
  }
}

/** @returns `null` when there is such an account */
async function insert(trx: Trx, row: AccountRow): Promise<AccountRow | null> {
  const made = await trx
    .insertInto('accounts')
    .values(row)
    .onConflict((conflict) => conflict.column('id').doNothing())
    .returningAll()
    .executeTakeFirst()
  return made ?? null
}

function find(trx: Trx, id: string): Promise<AccountRow> {
  return trx.selectFrom('accounts').selectAll().where('id', '=', id).executeTakeFirstOrThrow()
}

/** @returns the account that has the identity: `wanted`, or that of whoever was quicker */
async function claim(
  trx: Trx,
  { issuer, subject }: Identity,
  wanted: string,
): Promise<{ readonly id: string; readonly isNew: boolean }> {
  const made = await trx
    .insertInto('identities')
    .values({ issuer, subject, account_id: wanted })
    .onConflict((conflict) => conflict.columns(['issuer', 'subject']).doNothing())
    .returning('account_id')
    .executeTakeFirst()
  if (made) return { id: wanted, isNew: true }
  const { account_id: id } = await trx
    .selectFrom('identities')
    .select('account_id')
    .where('issuer', '=', issuer)
    .where('subject', '=', subject)
    .executeTakeFirstOrThrow()
  return { id, isNew: false }
}
