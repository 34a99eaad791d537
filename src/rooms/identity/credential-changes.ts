/**
 * Follows the list of credentials about which something has changed, so that what is remembered of a
 * token is never older than a tenth of a second. No timer: whoever is about to believe a memory asks first.
 */
import type { Clock } from '../../kernel/ports.ts'

/** Within the 100 ms that a revocation may take on another replica, the question itself included. */
const STALE_AFTER_MS = 80
/** The list is kept a day; a process that slept longer than this has missed too much. */
const SLEPT_MS = 12 * 3600_000

export interface ChangeList {
  position(): Promise<number>
  /** `ids` null: more than can be told. */
  since(position: number): Promise<{ readonly ids: readonly string[] | null; readonly position: number }>
}

export interface Memory {
  /** Forgets what hangs on one of these tokens or accounts; `null`: everything. */
  forget(ids: readonly string[] | null): void
}

export class CredentialChanges {
  readonly #list: ChangeList
  readonly #clock: Clock
  #position: number
  /** Start of the last reading that still counts. */
  #readAt: number
  #lastReadAt: number
  #expired = 0
  #reading: Promise<void> | null = null

  private constructor(list: ChangeList, clock: Clock, position: number, readAt: number) {
    this.#list = list
    this.#clock = clock
    this.#position = position
    this.#readAt = readAt
    this.#lastReadAt = readAt
  }

  static async open(list: ChangeList, clock: Clock): Promise<CredentialChanges> {
    const readAt = clock.now()
    return new CredentialChanges(list, clock, await list.position(), readAt)
  }

  /** Is what is remembered young enough to be believed? */
  get fresh(): boolean {
    const age = this.#clock.now() - this.#readAt
    return age >= 0 && age < STALE_AFTER_MS
  }

  /** This process has changed something: the next request asks, also when somebody is asking already. */
  expire(): void {
    this.#expired++
    this.#readAt = -Infinity
    this.#reading = null
  }

  /** @throws AppError `UNAVAILABLE` when the database does not answer: then nobody is let in */
  async catchUp(memory: Memory): Promise<void> {
    this.#reading ??= this.#read(memory)
    const reading = this.#reading
    try {
      await reading
    } finally {
      if (this.#reading === reading) this.#reading = null
    }
  }

  async #read(memory: Memory): Promise<void> {
    const startedAt = this.#clock.now()
    const expired = this.#expired
    const { ids, position } = await this.#list.since(this.#position)
    memory.forget(startedAt - this.#lastReadAt > SLEPT_MS ? null : ids)
    this.#position = Math.max(this.#position, position)
    this.#lastReadAt = startedAt
    if (this.#expired === expired) this.#readAt = startedAt
  }
}
