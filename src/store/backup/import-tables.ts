/** Puts the tables of a backup into an empty database of either engine: all of them, or nothing. */
import { sql, type Kysely } from 'kysely'
import { AppError } from '../../kernel/errors.ts'
import { openDatabase, type DatabaseAddress, type Engine, type Trx } from '../database.ts'
import { migrate, MIGRATIONS } from '../migrations.ts'
import type { Schema } from '../schema.ts'
import { tablePath } from './export-tables.ts'
import { readJsonLines } from './json-lines.ts'
import { NUMBERED, TABLE_NAMES, type TableName } from './tables.ts'

export interface ImportOrder {
  readonly directory: string
  readonly schemaVersion: number
  /** Names of the tables that the backup has. */
  readonly tables: readonly string[]
}

type Row = Readonly<Record<string, unknown>>

/** SQLite takes 32,766 values in a statement; no table has a hundred columns. */
const ROWS_AT_ONCE = 200

/**
 * The database has the schema of the backup afterwards; the next start of a server brings it up to date.
 *
 * @throws AppError `CONFLICT`: it is not empty; `SCHEMA_TOO_NEW`, `UNAVAILABLE`
 */
export async function importTables(address: DatabaseAddress, order: ImportOrder): Promise<void> {
  await using database = await openDatabase(address, async (kysely: Kysely<Schema>, engine: Engine) => {
    await checkEmpty(kysely, engine)
    await migrate(kysely, engine, MIGRATIONS.slice(0, order.schemaVersion))
  })
  await database.transaction(async (trx) => {
    await trx.deleteFrom('schema_migrations').execute() // the backup says when they were made
    for (const table of TABLE_NAMES.filter((name) => order.tables.includes(name)))
      await importTable(trx, table, order.directory)
    await settle(trx)
    await (database.engine === 'postgres' ? continuePostgres(trx) : continueSqlite(trx))
  })
}

/** @throws AppError `CONFLICT`: it is not empty; `UNAVAILABLE` */
export async function checkDatabaseEmpty(address: DatabaseAddress): Promise<void> {
  await using _database = await openDatabase(address, checkEmpty)
}

/** Another server's tables, if there are any, must not be touched. */
async function checkEmpty(kysely: Kysely<Schema>, engine: Engine): Promise<void> {
  const there = new Set(await tablesOf(kysely, engine))
  for (const table of TABLE_NAMES.filter((name) => name !== 'schema_migrations' && there.has(name))) {
    const { rows } = await sql`select 1 from ${sql.table(table)} limit 1`.execute(kysely)
    if (rows.length > 0) throw notEmpty()
  }
}

function notEmpty(): AppError {
  const reason = 'there is data in this database already; restore into an empty one'
  return new AppError('CONFLICT', { details: { reason } })
}

async function tablesOf(kysely: Kysely<Schema>, engine: Engine): Promise<string[]> {
  const all =
    engine === 'postgres'
      ? sql<{ name: string }>`select tablename as name from pg_tables where schemaname = current_schema()`
      : sql<{ name: string }>`select name from sqlite_master where type = 'table'`
  return (await all.execute(kysely)).rows.map(({ name }) => name)
}

async function importTable(trx: Trx, table: TableName, directory: string): Promise<void> {
  let batch: Row[] = []
  const insert = async () => {
    if (batch.length > 0)
      await trx
        .insertInto(table)
        .values(batch as never)
        .execute()
    batch = []
  }
  for await (const row of readJsonLines<Row>(tablePath(directory, table))) {
    batch.push(row)
    if (batch.length === ROWS_AT_ONCE) await insert()
  }
  await insert()
}

/**
 * Ends what was going on at the moment of the backup. Refs that were on their way are as they were before,
 * so their intents go; jobs that ran are put back, unless the same is queued anyway.
 */
async function settle(trx: Trx): Promise<void> {
  await trx.deleteFrom('intents').execute()
  await trx
    .deleteFrom('jobs')
    .where('status', '=', 'running')
    .where(({ exists, selectFrom }) =>
      exists(
        selectFrom('jobs as q')
          .select('q.id')
          .where('q.status', '=', 'queued')
          .whereRef('q.type', '=', 'jobs.type')
          .whereRef('q.key', '=', 'jobs.key'),
      ),
    )
    .execute()
  await trx
    .updateTable('jobs')
    .set({ status: 'queued', worker: null, lease_until: null })
    .where('status', '=', 'running')
    .execute()
}

/**
 * New rows are numbered far behind those of the backup: numbers that the server gave later, and that others
 * have kept as cursors, are behind them too, and nobody passes over what is new.
 */
const NUMBERS_APART = 1_000_000

/** @see https://www.postgresql.org/docs/15/functions-sequence.html */
async function continuePostgres(trx: Trx): Promise<void> {
  for (const table of NUMBERED)
    await sql`select setval(
      pg_get_serial_sequence(${table}, 'sequence'), coalesce(max(sequence), 0) + ${sql.lit(NUMBERS_APART)}
    ) from ${sql.table(table)}`.execute(trx)
}

/** A table that has never had a row has no number yet. @see https://sqlite.org/autoinc.html */
async function continueSqlite(trx: Trx): Promise<void> {
  for (const table of NUMBERED) {
    await sql`delete from sqlite_sequence where name = ${table}`.execute(trx)
    await sql`insert into sqlite_sequence (name, seq)
      select ${table}, coalesce(max(sequence), 0) + ${sql.lit(NUMBERS_APART)} from ${sql.table(table)}`.execute(
      trx,
    )
  }
}
