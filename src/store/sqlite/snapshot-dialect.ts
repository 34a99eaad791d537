/** Kysely on one connection that sees a SQLite file as it was at one moment, while others write to it. */
import {
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
  type CompiledQuery,
  type DatabaseConnection,
  type Dialect,
  type Driver,
  type QueryResult,
} from 'kysely'
import { openReader, type SqliteFile } from './open-file.ts'
import { Statements } from './statements.ts'
import { whenFree } from './when-free.ts'

/** A transaction sees nothing that is committed after its first query. @see https://sqlite.org/isolation.html */
export async function sqliteSnapshot(path: string): Promise<Dialect> {
  const file = await openReader(path)
  return {
    createDriver: () => new SnapshotDriver(file),
    createQueryCompiler: () => new SqliteQueryCompiler(),
    createAdapter: () => new SqliteAdapter(),
    createIntrospector: (kysely) => new SqliteIntrospector(kysely),
  }
}

/** For one caller, who asks one thing after the other. */
class SnapshotDriver implements Driver, DatabaseConnection {
  readonly #file: SqliteFile
  readonly #statements: Statements

  constructor(file: SqliteFile) {
    this.#file = file
    this.#statements = new Statements(file)
  }

  async init(): Promise<void> {}

  async acquireConnection(): Promise<DatabaseConnection> {
    return this
  }

  async beginTransaction(): Promise<void> {
    this.#file.exec('begin deferred')
  }

  async commitTransaction(): Promise<void> {
    this.#file.exec('commit')
  }

  async rollbackTransaction(): Promise<void> {
    if (this.#file.isTransaction) this.#file.exec('rollback')
  }

  async releaseConnection(): Promise<void> {}

  async destroy(): Promise<void> {
    this.#file.close()
  }

  executeQuery<Row>(query: CompiledQuery): Promise<QueryResult<Row>> {
    return whenFree(() => this.#statements.run<Row>(query))
  }

  async *streamQuery<Row>(): AsyncIterableIterator<QueryResult<Row>> {
    throw new Error('streaming is not supported')
  }
}
