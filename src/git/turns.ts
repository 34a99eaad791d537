/**
 * Pieces of work that others wait for, in order, and no more of them in one round of the event loop than leave it
 * prompt. Without it a hundred streams whose clients have all made room are served in one go.
 */

/** A round that has taken so long begins nothing more. */
const ROUND_MS = 4

export class Turns {
  readonly #now: () => number
  readonly #waiting: (() => void)[] = []
  /** `null`: nobody had a turn in this round. */
  #endsAt: number | null = null

  /** @param now milliseconds that never go back */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now
  }

  /** Resolves in a later round of the event loop; what the caller does then without waiting is his turn. */
  take(): Promise<void> {
    return new Promise((resolve) => {
      this.#waiting.push(resolve)
      setImmediate(this.#next)
    })
  }

  readonly #next = (): void => {
    if (this.#endsAt === null) {
      this.#endsAt = this.#now() + ROUND_MS
      setImmediate(this.#endRound) // the first of the next round
    }
    if (this.#now() >= this.#endsAt) setImmediate(this.#next)
    else this.#waiting.shift()?.()
  }

  readonly #endRound = (): void => {
    this.#endsAt = null
  }
}
