/**
 * Tells whether anything was committed to a SQLite file since one last looked. Commits of this
 * process count at once; those of others are looked for at most once a millisecond, because looking
 * takes a lock.
 *
 * @see https://sqlite.org/pragma.html#pragma_data_version
 */
import type { SqliteFile } from './open-file.ts'

const LOOK_EVERY_MS = 1

export class DataVersion {
  readonly #pragma: ReturnType<SqliteFile['prepare']>
  #foreign = 0
  #own = 0
  #lookedAt = -Infinity

  /** @param reader a connection that commits nothing itself */
  constructor(reader: SqliteFile) {
    this.#pragma = reader.prepare('pragma data_version')
  }

  /** This process has committed. */
  bump(): void {
    this.#own++
  }

  /** Never the same again after a commit. */
  get(): string {
    const now = performance.now()
    if (now - this.#lookedAt >= LOOK_EVERY_MS) {
      this.#lookedAt = now
      this.#foreign = (this.#pragma.get() as { data_version: number }).data_version
    }
    return `${this.#own} ${this.#foreign}`
  }
}
