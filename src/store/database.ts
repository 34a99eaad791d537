/** Opens the one database of a server, on either engine, and migrates it. Knows no table. */
import { Kysely, sql, type Dialect, type Transaction } from 'kysely'
import { setTimeout as delay } from 'node:timers/promises'
import { AppError } from '../kernel/errors.ts'
import { migrate, type checkMigrated } from './migrations.ts'
import type { Engine } from './migrations/column-types.ts'
import { openPostgres } from './postgres/dialect.ts'
import type { Schema } from './schema.ts'
import { openSqlite, type Sqlite } from './sqlite/dialect.ts'

export type { Engine } from './migrations/column-types.ts'
export type Trx = Transaction<Schema>

export interface DatabaseAddress {
  /** URL of a PostgreSQL database, or `null` for SQLite. */
  readonly url: string | null
  /** File of the SQLite database; unused with a URL. */
  readonly path: string
}

export type VersionOf = (tables: readonly (keyof Schema)[]) => string

export interface Database extends AsyncDisposable {
  readonly engine: Engine
  /** For queries outside a transaction. Inside one, use only its `trx`: on SQLite the other waits for it. */
  readonly kysely: Kysely<Schema>
  /**
   * Commits when `work` resolves and rolls back when it rejects. Keep it short and wait for nothing
   * but the database in it: on SQLite no other writer runs meanwhile.
   *
   * @throws AppError `UNAVAILABLE`: a lock or a lost connection; nothing was changed, or the
   *   connection broke during the commit and nobody knows
   */
  transaction<T>(work: (trx: Trx) => Promise<T>): Promise<T>
  /** Runs `told` when the transaction has committed, before its caller goes on; not when it rolls back. */
  afterCommit(trx: Trx, told: () => void): void
  /** Changes with every commit to one of these tables; `null` where it costs as much as the query it would spare. */
  readonly version: VersionOf | null
  /**
   * Resolves when all that has been committed is on disk. Queries see a commit a moment earlier: for what is told to
   * others as having happened.
   *
   * @throws AppError `UNAVAILABLE`: the disk has failed
   */
  synced(): Promise<void>
  /** Makes transactions that give the same `name` pass one after the other, from here to their end. */
  takeTurn(trx: Trx, name: string): Promise<void>
  /** @throws AppError `UNAVAILABLE` when there is no answer within a second */
  ping(): Promise<void>
  close(): Promise<void>
}

const PING_BUDGET_MS = 1_000

/**
 * The caller closes it.
 *
 * @param bring what makes its schema right: servers migrate it, everybody else only checks it
 * @throws AppError `SCHEMA_TOO_NEW`, `SCHEMA_TOO_OLD`; `UNAVAILABLE` when the server cannot be reached
 */
export async function openDatabase(
  { url, path }: DatabaseAddress,
  bring: typeof migrate | typeof checkMigrated = migrate,
): Promise<Database> {
  const engine = url === null ? 'sqlite' : 'postgres'
  const database =
    url === null ? overSqlite(await openSqlite(path)) : over('postgres', await openPostgres(url), AT_ONCE)
  try {
    await bring(database.kysely, engine)
    return database
  } catch (err) {
    await database.close()
    throw err
  }
}

/** A commit is on disk before anybody sees it. */
const AT_ONCE = { version: null, synced: () => Promise.resolve() }

function overSqlite({ dialect, ...told }: Sqlite): Database {
  return over('sqlite', dialect, told)
}

function over(
  engine: Engine,
  dialect: Dialect,
  { version, synced }: Pick<Database, 'version' | 'synced'>,
): Database {
  const kysely = new Kysely<Schema>({ dialect })
  const committed = new AfterCommit()
  const close = () => kysely.destroy()
  return {
    engine,
    kysely,
    version,
    synced,
    transaction: (work) => committed.around(kysely, work),
    afterCommit: (trx, told) => committed.add(trx, told),
    takeTurn: (trx, name) => (engine === 'postgres' ? lock(trx, name) : Promise.resolve()),
    ping: () => ping(kysely, synced),
    close,
    [Symbol.asyncDispose]: close,
  }
}

/** What is to be done when a transaction has committed. */
class AfterCommit {
  readonly #waiting = new WeakMap<Trx, (() => void)[]>()

  add(trx: Trx, told: () => void): void {
    this.#waiting.set(trx, [...(this.#waiting.get(trx) ?? []), told])
  }

  async around<T>(kysely: Kysely<Schema>, work: (trx: Trx) => Promise<T>): Promise<T> {
    let told: readonly (() => void)[] = []
    const result = await kysely.transaction().execute(async (trx) => {
      const done = await work(trx)
      told = this.#waiting.get(trx) ?? []
      return done
    })
    for (const tell of told) tell()
    return result
  }
}

/** Two names may share a lock: that costs time and nothing else. */
async function lock(trx: Trx, name: string): Promise<void> {
  await sql`select pg_advisory_xact_lock(hashtextextended(current_schema() || ':' || ${name}, 0))`.execute(
    trx,
  )
}

async function ping(kysely: Kysely<Schema>, synced: () => Promise<void>): Promise<void> {
  const enough = new AbortController()
  const late = delay(PING_BUDGET_MS, 'late', { ref: false, signal: enough.signal })
  const answer = kysely.selectFrom('meta').select('key').limit(1).execute().then(synced)
  try {
    if ((await Promise.race([answer, late])) === 'late') throw new AppError('UNAVAILABLE')
  } finally {
    enough.abort()
    late.catch(() => {})
    answer.catch(() => {}) // too late to matter
  }
}
