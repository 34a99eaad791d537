/**
 * Kysely's driver for SQLite: one connection that writes, whose transactions take turns, and one
 * that reads what was committed, beside them and without waiting.
 */
import type { CompiledQuery, DatabaseConnection, Driver, QueryResult } from 'kysely'
import { changedBy, changedByBoth, NOTHING, type Changed } from './changed-tables.ts'
import type { SqliteFile } from './open-file.ts'
import { Statements } from './statements.ts'
import type { WalSync } from './wal-sync.ts'
import { whenFree } from './when-free.ts'
import { WriteQueue } from './write-queue.ts'

export class SqliteDriver implements Driver {
  // The handles must stay referenced: a statement alone does not keep its connection open.
  readonly #writer: SqliteFile
  readonly #reader: SqliteFile
  readonly #write: Statements
  readonly #read: Statements
  readonly #queue = new WriteQueue()
  readonly #wal: WalSync
  readonly #onCommit: (changed: Changed) => void

  /** @param files `onCommit` is called after every write that stays, before it is on disk */
  constructor(files: {
    writer: SqliteFile
    reader: SqliteFile
    wal: WalSync
    onCommit: (changed: Changed) => void
  }) {
    this.#wal = files.wal
    this.#onCommit = (changed) => {
      files.wal.committed()
      files.onCommit(changed)
    }
    this.#writer = files.writer
    this.#reader = files.reader
    this.#write = new Statements(files.writer)
    this.#read = new Statements(files.reader)
  }

  async init(): Promise<void> {}

  async acquireConnection(): Promise<SqliteConnection> {
    const [write, read, queue, wal] = [this.#write, this.#read, this.#queue, this.#wal]
    return new SqliteConnection({ write, read, queue, wal, onCommit: this.#onCommit })
  }

  /** `immediate`: a transaction that reads first cannot fail later because another has written. */
  async beginTransaction(connection: SqliteConnection): Promise<void> {
    this.#wal.check()
    await connection.enter()
    await whenFree(() => this.#writer.exec('begin immediate'))
  }

  /** The next one may write while this one waits for the disk. */
  async commitTransaction(connection: SqliteConnection): Promise<void> {
    this.#writer.exec('commit')
    this.#onCommit(connection.changed)
    connection.leave()
    await this.#wal.synced()
  }

  /** SQLite has already rolled back after some errors, a full disk among them; what is committed stays. */
  async rollbackTransaction(connection: SqliteConnection): Promise<void> {
    if (connection.isWriting && this.#writer.isTransaction) this.#writer.exec('rollback')
  }

  async releaseConnection(connection: SqliteConnection): Promise<void> {
    connection.leave()
  }

  /** Folds the log into the file, so that the file alone is a whole copy of the data. */
  async destroy(): Promise<void> {
    const leave = await this.#queue.enter()
    await this.#wal.close()
    this.#reader.close()
    this.#writer.exec('pragma wal_checkpoint(truncate)')
    this.#writer.close()
    leave()
  }
}

interface ConnectionParts {
  readonly write: Statements
  readonly read: Statements
  readonly queue: WriteQueue
  readonly wal: WalSync
  readonly onCommit: (changed: Changed) => void
}

/** One caller's use of the two files. */
class SqliteConnection implements DatabaseConnection {
  readonly #parts: ConnectionParts
  #leave: (() => void) | null = null
  /** What the transaction that has not ended has changed. */
  changed: Changed = NOTHING

  constructor(parts: ConnectionParts) {
    this.#parts = parts
  }

  /** In a transaction that has not ended. */
  get isWriting(): boolean {
    return this.#leave !== null
  }

  async enter(): Promise<void> {
    this.#leave = await this.#parts.queue.enter()
    this.changed = NOTHING
  }

  leave(): void {
    this.#leave?.()
    this.#leave = null
  }

  /** Inside a transaction everything goes to the writer; outside, a SELECT waits for nobody. */
  async executeQuery<Row>(query: CompiledQuery): Promise<QueryResult<Row>> {
    const { write, read, queue, wal, onCommit } = this.#parts
    if (this.#leave) {
      this.changed = changedByBoth(this.changed, changedBy(query))
      return whenFree(() => write.run(query))
    }
    if (query.query.kind === 'SelectQueryNode') return whenFree(() => read.run(query))
    wal.check()
    const leave = await queue.enter()
    const result = await whenFree(() => write.run<Row>(query)).finally(() => {
      onCommit(changedBy(query))
      leave()
    })
    await wal.synced()
    return result
  }

  async *streamQuery<Row>(): AsyncIterableIterator<QueryResult<Row>> {
    throw new Error('streaming is not supported')
  }
}
