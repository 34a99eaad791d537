/** Brings the schema up to date: numbered steps, forward only, all in one locked transaction. */
import { sql, type Kysely, type Transaction } from 'kysely'
import { AppError } from '../kernel/errors.ts'
import { firstTables } from './migrations/0001-first-tables.ts'
import { pullRequests } from './migrations/0002-pull-requests.ts'
import { tokens } from './migrations/0003-tokens.ts'
import { eventsAndJobs } from './migrations/0004-events-and-jobs.ts'
import { gates } from './migrations/0005-gates.ts'
import { nostr } from './migrations/0006-nostr.ts'
import { pushedPullRequests } from './migrations/0007-pushed-pull-requests.ts'
import { COLUMN_TYPES, type Engine, type Migration } from './migrations/column-types.ts'
import type { Schema } from './schema.ts'

/** Every step in order; version n is the n-th. */
export const MIGRATIONS: readonly Migration[] = [
  firstTables,
  pullRequests,
  tokens,
  eventsAndJobs,
  gates,
  nostr,
  pushedPullRequests,
]

/**
 * Several servers may start at once on one database: one of them migrates, the others find it done.
 *
 * @throws AppError `SCHEMA_TOO_NEW`: a later version has migrated this database; nothing was changed
 */
export async function migrate(
  kysely: Kysely<Schema>,
  engine: Engine,
  migrations: readonly Migration[] = MIGRATIONS,
): Promise<void> {
  await kysely.transaction().execute(async (trx) => {
    if (engine === 'postgres') await lockOutOthers(trx) // SQLite lets in one writer anyway
    const found = await versionOf(trx, engine)
    const known = migrations.at(-1)?.version ?? 0
    if (found > known) throw new AppError('SCHEMA_TOO_NEW', { details: { found, known } })
    for (const migration of migrations.filter((m) => m.version > found)) await apply(trx, engine, migration)
  })
}

/**
 * For whoever works beside a server, which must not find its tables changed under it.
 *
 * @throws AppError `SCHEMA_TOO_NEW`, `SCHEMA_TOO_OLD`
 */
export async function checkMigrated(kysely: Kysely<Schema>, engine: Engine): Promise<void> {
  const known = MIGRATIONS.length
  const found = await kysely.transaction().execute((trx) => versionOf(trx, engine))
  if (found > known) throw new AppError('SCHEMA_TOO_NEW', { details: { found, known } })
  if (found < known) throw new AppError('SCHEMA_TOO_OLD', { details: { found, known } })
}

async function lockOutOthers(trx: Transaction<Schema>): Promise<void> {
  await sql`set local lock_timeout = 0`.execute(trx) // a long migration of another server is no error
  await sql`set local statement_timeout = 0`.execute(trx)
  await sql`select pg_advisory_xact_lock(hashtextextended(current_schema() || ':migrations', 0))`.execute(trx)
}

async function versionOf(trx: Transaction<Schema>, engine: Engine): Promise<number> {
  const { text } = COLUMN_TYPES[engine]
  await sql`create table if not exists schema_migrations (
    version bigint not null primary key, name ${sql.raw(text)} not null, applied_at bigint not null
  )`.execute(trx)
  const { version } = await trx
    .selectFrom('schema_migrations')
    .select((eb) => eb.fn.max('version').as('version'))
    .executeTakeFirstOrThrow()
  return version ?? 0
}

async function apply(trx: Transaction<Schema>, engine: Engine, migration: Migration): Promise<void> {
  for (const statement of migration.up(COLUMN_TYPES[engine])) await sql.raw(statement).execute(trx)
  const { version, name } = migration
  await trx.insertInto('schema_migrations').values({ version, name, applied_at: Date.now() }).execute()
}
