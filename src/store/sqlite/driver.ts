/**
 * Kysely's driver for SQLite: one connection that writes, whose transactions take turns, and one
 * that reads what was committed, beside them and without waiting.
 */
import type { CompiledQuery, DatabaseConnection, Driver, QueryResult } from 'kysely'
import type { SqliteFile } from './open-file.ts'
import { Statements } from './statements.ts'
import { whenFree } from './when-free.ts'
import { WriteQueue } from './write-queue.ts'

export class SqliteDriver implements Driver {
  // The handles must stay referenced: a statement alone does not keep its connection open.
  readonly #writer: SqliteFile
  readonly #reader: SqliteFile
  readonly #write: Statements
  readonly #read: Statements
  readonly #queue = new WriteQueue()
  readonly #onCommit: () => void

  /** @param files `onCommit` is called after every write that stays */
  constructor(files: { writer: SqliteFile; reader: SqliteFile; onCommit: () => void }) {
    this.#onCommit = files.onCommit
    this.#writer = files.writer
    this.#reader = files.reader
    this.#write = new Statements(files.writer)
    this.#read = new Statements(files.reader)
  }

  async init(): Promise<void> {}

  async acquireConnection(): Promise<SqliteConnection> {
    return new SqliteConnection(this.#write, this.#read, this.#queue, this.#onCommit)
  }

  /** `immediate`: a transaction that reads first cannot fail later because another has written. */
  async beginTransaction(connection: SqliteConnection): Promise<void> {
    await connection.enter()
    await whenFree(() => this.#writer.exec('begin immediate'))
  }

  async commitTransaction(): Promise<void> {
    this.#writer.exec('commit')
    this.#onCommit()
  }

  /** SQLite has already rolled back after some errors, a full disk among them. */
  async rollbackTransaction(): Promise<void> {
    if (this.#writer.isTransaction) this.#writer.exec('rollback')
  }

  async releaseConnection(connection: SqliteConnection): Promise<void> {
    connection.leave()
  }

  /** Folds the log into the file, so that the file alone is a whole copy of the data. */
  async destroy(): Promise<void> {
    const leave = await this.#queue.enter()
    this.#reader.close()
    this.#writer.exec('pragma wal_checkpoint(truncate)')
    this.#writer.close()
    leave()
  }
}

/** One caller's use of the two files. */
class SqliteConnection implements DatabaseConnection {
  readonly #write: Statements
  readonly #read: Statements
  readonly #queue: WriteQueue
  readonly #onCommit: () => void
  #leave: (() => void) | null = null

  constructor(write: Statements, read: Statements, queue: WriteQueue, onCommit: () => void) {
    this.#write = write
    this.#read = read
    this.#queue = queue
    this.#onCommit = onCommit
  }

  async enter(): Promise<void> {
    this.#leave = await this.#queue.enter()
  }

  leave(): void {
    this.#leave?.()
    this.#leave = null
  }

  /** Inside a transaction everything goes to the writer; outside, a SELECT waits for nobody. */
  async executeQuery<Row>(query: CompiledQuery): Promise<QueryResult<Row>> {
    if (this.#leave) return whenFree(() => this.#write.run(query))
    if (query.query.kind === 'SelectQueryNode') return whenFree(() => this.#read.run(query))
    const leave = await this.#queue.enter()
    try {
      return await whenFree(() => this.#write.run(query))
    } finally {
      this.#onCommit()
      leave()
    }
  }

  async *streamQuery<Row>(): AsyncIterableIterator<QueryResult<Row>> {
    throw new Error('streaming is not supported')
  }
}
