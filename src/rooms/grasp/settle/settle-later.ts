/** Settles again what could not be settled, or has run out of time; at the start, all that waits. */
import type { Settle } from './settle.ts'

export interface LaterParts {
  readonly settle: Settle
  /** Identifiers in which something waits. */
  readonly waiting: () => Promise<readonly string[]>
  /** Identifiers in which the time of something is over. */
  readonly overdue: () => Promise<readonly string[]>
  readonly everyMs: number
  /** Told of each failure; it is tried again. */
  readonly onFailed: (error: unknown) => void
}

export class SettleLater implements AsyncDisposable {
  readonly #parts: LaterParts
  readonly #failed = new Set<string>()
  readonly #timer: NodeJS.Timeout
  #running: Promise<void>
  #isClosed = false

  /** Begins with all that waits. */
  constructor(parts: LaterParts) {
    this.#parts = parts
    this.#running = this.#round(parts.waiting)
    this.#timer = setInterval(() => {
      this.#running = this.#running.then(() => this.#round(parts.overdue))
    }, parts.everyMs).unref()
  }

  /** Does not throw: what follows from refs that have moved follows later, if it must. */
  readonly now = async (identifier: string): Promise<void> => {
    try {
      await this.#parts.settle(identifier)
    } catch (err) {
      this.failed(identifier, err)
    }
  }

  readonly failed = (identifier: string, error: unknown): void => {
    this.#failed.add(identifier)
    this.#parts.onFailed(error)
  }

  /** Resolves when nothing of it runs any more. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true
    clearInterval(this.#timer)
    await this.#running
  }

  async #round(find: () => Promise<readonly string[]>): Promise<void> {
    try {
      const identifiers = new Set([...this.#failed, ...(await find())])
      this.#failed.clear()
      for (const identifier of identifiers) {
        if (this.#isClosed) return
        await this.now(identifier)
      }
    } catch (err) {
      this.#parts.onFailed(err)
    }
  }
}
