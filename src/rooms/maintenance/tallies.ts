/**
 * Counts what repositories go through, in memory, and writes it down now and then, so that neither a push nor
 * a fetch costs a write of its own. What a crash loses is half a minute of counting: the slow round is there.
 */
import type { RepoId } from '../../kernel/ids.ts'
import type { Database } from '../../store/database.ts'
import type { Added, RepositoryUpkeep } from '../../store/upkeep-counts.ts'
import { scheduleForWear, type ScheduleParts } from './schedule.ts'

export interface TalliesParts extends ScheduleParts {
  readonly database: Database
  readonly upkeep: Pick<RepositoryUpkeep, 'add'>
  /** They could not be written; they are kept for the next time. */
  readonly onFailed: (error: unknown) => void
}

const EVERY_MS = 30_000
/** Wear of one repository that is not kept waiting. */
const WRITTEN_AT_ONCE = 100
const NOTHING: Required<Added> = { wear: 0, dropped: 0, fetches: 0 }

export class Tallies implements AsyncDisposable {
  readonly #parts: TalliesParts
  readonly #timer: NodeJS.Timeout
  #tallies = new Map<RepoId, Required<Added>>()
  #writing: Promise<void> = Promise.resolve()

  /** Dispose to write what is left. */
  constructor(parts: TalliesParts) {
    this.#parts = parts
    this.#timer = setInterval(() => void this.write(), EVERY_MS)
    this.#timer.unref()
  }

  add(repoId: RepoId, added: Added): void {
    const { wear: before } = this.#tallies.get(repoId) ?? NOTHING
    const { wear: after } = this.#count(repoId, added)
    if (before < WRITTEN_AT_ONCE && after >= WRITTEN_AT_ONCE) setImmediate(() => void this.write())
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

  #count(repoId: RepoId, added: Added): Required<Added> {
    const { wear, dropped, fetches } = this.#tallies.get(repoId) ?? NOTHING
    const tally = {
      wear: wear + (added.wear ?? 0),
      dropped: dropped + (added.dropped ?? 0),
      fetches: fetches + (added.fetches ?? 0),
    }
    this.#tallies.set(repoId, tally)
    return tally
  }

  async #writeAll(): Promise<void> {
    if (this.#tallies.size === 0) return
    const tallies = [...this.#tallies].sort(([a], [b]) => (a < b ? -1 : 1)) // the same order in every server
    this.#tallies = new Map()
    try {
      await this.#parts.database.transaction(async (trx) => {
        for (const [repoId, tally] of tallies) {
          const now = await this.#parts.upkeep.add(trx, repoId, tally)
          if (now === null) continue
          await scheduleForWear(this.#parts, trx, repoId, { before: now.wear - tally.wear, after: now.wear })
        }
      })
    } catch (err) {
      for (const [repoId, tally] of tallies) this.#count(repoId, tally)
      this.#parts.onFailed(err)
    }
  }
}
