/** Accounts: whom the server knows, and by which identities of which issuers. */
import type { NewAccount } from '../kernel/account.ts'
import { isUuid } from '../kernel/ids.ts'
import type { Clock } from '../kernel/ports.ts'
import { toAccount, toAccountRow, type StoredAccount } from './account-rows.ts'
import type { Database, Trx } from './database.ts'

export type { StoredAccount } from './account-rows.ts'

/** Who somebody is by the word of an issuer. */
export interface Identity {
  readonly issuer: string
  readonly subject: string
}

export class Accounts {
  readonly #database: Database
  readonly #clock: Clock
  readonly #newId: () => string

  constructor(parts: { database: Database; clock: Clock; newId: () => string }) {
    this.#database = parts.database
    this.#clock = parts.clock
    this.#newId = parts.newId
  }

  /**
   * The account of an identity, made at first sight; two at once make one.
   *
   * @param fresh what the account is made of if it is made now; a known one stays as it is
   */
  async atFirstSight(identity: Identity, fresh: NewAccount): Promise<StoredAccount> {
    return (await this.#byIdentity(identity)) ?? (await this.#make(identity, fresh))
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

  async #byIdentity({ issuer, subject }: Identity): Promise<StoredAccount | null> {
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
      const id = await claim(trx, identity, wanted)
      await trx
        .insertInto('accounts')
        .values(toAccountRow(id, fresh, this.#clock.now()))
        .onConflict((conflict) => conflict.column('id').doNothing())
        .execute()
      return toAccount(
        await trx.selectFrom('accounts').selectAll().where('id', '=', id).executeTakeFirstOrThrow(),
      )
    })
  }
}

/** @returns the account that has the identity: `wanted`, or that of whoever was quicker */
async function claim(trx: Trx, { issuer, subject }: Identity, wanted: string): Promise<string> {
  const { account_id } = await trx
    .insertInto('identities')
    .values({ issuer, subject, account_id: wanted })
    .onConflict((conflict) => conflict.columns(['issuer', 'subject']).doUpdateSet({ subject }))
    .returning('account_id')
    .executeTakeFirstOrThrow()
  return account_id
}
