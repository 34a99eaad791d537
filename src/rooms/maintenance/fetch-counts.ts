/** Counts who is fetched from, in memory, and writes it down now and then: no fetch waits for the database. */
import type { RepoId } from '../../kernel/ids.ts'
import type { Database } from '../../store/database.ts'
import type { RepositoryUpkeep } from '../../store/upkeep-counts.ts'

export interface FetchCountsParts {
  readonly database: Database
  readonly upkeep: Pick<RepositoryUpkeep, 'add'>
  /** They could not be written; they are kept for the next time. */
  readonly onFailed: (error: unknown) => void
}

const EVERY_MS = 30_000

export class FetchCounts implements AsyncDisposable {
  readonly #parts: FetchCountsParts
  readonly #timer: NodeJS.Timeout
  #counts = new Map<RepoId, number>()
  #writing: Promise<void> = Promise.resolve()

  /** Dispose to write what is left. */
  constructor(parts: FetchCountsParts) {
    this.#parts = parts
    this.#timer = setInterval(() => void this.write(), EVERY_MS)
    this.#timer.unref()
  }

  add(repoId: RepoId, times = 1): void {
    this.#counts.set(repoId, (this.#counts.get(repoId) ?? 0) + times)
  }

  /** All that were counted so far. */
  write(): Promise<void> {
    this.#writing = this.#writing.then(() => this.#writeAll())
    return this.#writing
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#timer)
    await this.write()
  }

  async #writeAll(): Promise<void> {
    if (this.#counts.size === 0) return
    const counts = [...this.#counts].sort(([a], [b]) => (a < b ? -1 : 1)) // the same order in every server
    this.#counts = new Map()
    const { database, upkeep, onFailed } = this.#parts
    try {
      await database.transaction(async (trx) => {
        for (const [repoId, fetches] of counts) await upkeep.add(trx, repoId, { fetches })
      })
    } catch (err) {
      for (const [repoId, fetches] of counts) this.add(repoId, fetches)
      onFailed(err)
    }
  }
}
