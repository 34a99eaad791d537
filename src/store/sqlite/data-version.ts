/**
 * Tells whether anything was committed to some tables of a SQLite file since one last looked. Commits of this
 * process count at once; those of others, which may be about any table, are looked for at most once a
 * millisecond, because looking takes a lock.
 *
 * @see https://sqlite.org/pragma.html#pragma_data_version
 */
import type { Changed } from './changed-tables.ts'
import type { SqliteFile } from './open-file.ts'

const LOOK_EVERY_MS = 1

export class DataVersion {
  readonly #pragma: ReturnType<SqliteFile['prepare']>
  #foreign = 0
  #any = 0
  readonly #own = new Map<string, number>()
  #lookedAt = -Infinity

  /** @param writer the connection that all commits of this process are made with: its own do not count as foreign */
  constructor(writer: SqliteFile) {
    this.#pragma = writer.prepare('pragma data_version')
  }

  /** This process has committed. */
  bump(changed: Changed): void {
    if (changed === 'any') this.#any++
    else for (const table of changed) this.#own.set(table, (this.#own.get(table) ?? 0) + 1)
  }

  /** Never the same again after a commit that changed one of the tables. */
  get(tables: readonly string[]): string {
    const now = performance.now()
    if (now - this.#lookedAt >= LOOK_EVERY_MS) {
      this.#lookedAt = now
      this.#foreign = (this.#pragma.get() as { data_version: number }).data_version
    }
    const own = tables.reduce((sum, table) => sum + (this.#own.get(table) ?? 0), this.#any)
    return `${own} ${this.#foreign}`
  }
}
