/** Single values that belong to the whole database, such as the name of this instance. */
import type { Database } from './database.ts'

export class Meta {
  readonly #database: Database

  constructor(database: Database) {
    this.#database = database
  }

  async get(key: string): Promise<string | null> {
    const row = await this.#database.kysely
      .selectFrom('meta')
      .select('value')
      .where('key', '=', key)
      .executeTakeFirst()
    return row?.value ?? null
  }

  async set(key: string, value: string): Promise<void> {
    await this.#database.kysely
      .insertInto('meta')
      .values({ key, value })
      .onConflict((conflict) => conflict.column('key').doUpdateSet({ value }))
      .execute()
  }

  /** Several servers that start at once all get the value of the first. */
  async getOrSet(key: string, fresh: string): Promise<string> {
    const { value } = await this.#database.kysely
      .insertInto('meta')
      .values({ key, value: fresh })
      .onConflict((conflict) => conflict.column('key').doUpdateSet({ key }))
      .returning('value')
      .executeTakeFirstOrThrow()
    return value
  }
}
