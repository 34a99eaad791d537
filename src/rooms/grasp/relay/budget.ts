/** How much one party does in a minute, and whether that is too much. */
import type { Clock } from '../../../kernel/ports.ts'

/** `events`: what has a signature to verify; `queries`: what the database is asked. */
export type Spending = 'events' | 'queries' | 'bytes'

/** A minute; 0: as much as it likes. */
export type Allowance = Readonly<Record<Spending, number>>

const WINDOW_MS = 60_000

export class Budget {
  readonly #allowance: Allowance
  readonly #clock: Clock
  #since = 0
  #spent: Record<Spending, number> = { events: 0, queries: 0, bytes: 0 }

  constructor(allowance: Allowance, clock: Clock) {
    this.#allowance = allowance
    this.#clock = clock
  }

  /** Counts it. @returns whether it was still within the allowance */
  spend(what: Spending, amount = 1): boolean {
    if (this.isUnused) {
      this.#since = this.#clock.now()
      this.#spent = { events: 0, queries: 0, bytes: 0 }
    }
    this.#spent[what] += amount
    const allowed = this.#allowance[what]
    return allowed === 0 || this.#spent[what] <= allowed
  }

  /** Nothing was spent in the last minute, so a new one is as good. */
  get isUnused(): boolean {
    const age = this.#clock.now() - this.#since
    return age < 0 || age >= WINDOW_MS
  }
}

/** What several parties together may do. */
export function times(allowance: Allowance, factor: number): Allowance {
  const { events, queries, bytes } = allowance
  return { events: events * factor, queries: queries * factor, bytes: bytes * factor }
}
