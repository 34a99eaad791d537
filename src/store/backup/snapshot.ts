/** Reads the database as it is at one moment, for as long as that takes, while servers go on writing. */
import { Kysely } from 'kysely'
import type { DatabaseAddress } from '../database.ts'
import { openPostgres } from '../postgres/dialect.ts'
import type { Schema } from '../schema.ts'
import { sqliteSnapshot } from '../sqlite/snapshot-dialect.ts'

/**
 * @param read sees what was committed before its first query, and nothing later
 * @throws AppError `UNAVAILABLE`
 * @see https://www.postgresql.org/docs/15/transaction-iso.html#XACT-REPEATABLE-READ
 */
export async function readSnapshot<T>(
  { url, path }: DatabaseAddress,
  read: (kysely: Kysely<Schema>) => Promise<T>,
): Promise<T> {
  const kysely = new Kysely<Schema>({
    dialect: url === null ? await sqliteSnapshot(path) : await openPostgres(url, 1),
  })
  try {
    return await kysely
      .transaction()
      .setIsolationLevel('repeatable read')
      .setAccessMode('read only')
      .execute(read)
  } finally {
    await kysely.destroy()
  }
}
