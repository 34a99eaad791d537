/** SQLite has one writer: lets writers of this process in one at a time, in the order they came. */
import { AppError } from '../../kernel/errors.ts'

/** A transaction that waits for itself (a query past `trx` inside it) becomes an error, not a hang. */
const MAX_WAIT_MS = 10_000

export class WriteQueue {
  readonly #maxWaitMs: number
  readonly #waiting: (() => void)[] = []
  #taken = false

  constructor(maxWaitMs = MAX_WAIT_MS) {
    this.#maxWaitMs = maxWaitMs
  }

  /**
   * @returns what lets the next one in; to be called once
   * @throws AppError `UNAVAILABLE` after the longest wait
   */
  async enter(): Promise<() => void> {
    if (this.#taken) await this.#wait()
    this.#taken = true
    return () => this.#leave()
  }

  #wait(): Promise<void> {
    return new Promise((resolve, reject) => {
      const giveUp = setTimeout(() => {
        this.#waiting.splice(this.#waiting.indexOf(letIn), 1)
        reject(new AppError('UNAVAILABLE', { cause: new Error('waited too long to write') }))
      }, this.#maxWaitMs)
      const letIn = () => {
        clearTimeout(giveUp)
        resolve()
      }
      this.#waiting.push(letIn)
    })
  }

  /** The turn passes without becoming free, so that nobody who comes meanwhile can overtake. */
  #leave(): void {
    const next = this.#waiting.shift()
    if (next) next()
    else this.#taken = false
  }
}
