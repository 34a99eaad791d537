/** Connections that may be open at once. Whoever has nothing left to do makes room when somebody waits. */

export interface Place extends Disposable {
  /** Aborts when somebody else waits for a place. */
  readonly wanted: AbortSignal
}

export class Places {
  readonly #total: number
  /** The oldest first; those that were asked to leave are not among them. */
  readonly #unasked = new Set<AbortController>()
  readonly #waiting = new Set<() => void>()
  #taken = 0

  constructor(total: number) {
    this.#total = total
  }

  /** Dispose to give it back. @throws the reason of `signal` */
  async enter(signal: AbortSignal): Promise<Place> {
    signal.throwIfAborted()
    if (this.#taken >= this.#total) await this.#turn(signal)
    else this.#taken++
    const wanted = new AbortController()
    this.#unasked.add(wanted)
    this.#askToLeave()
    return { wanted: wanted.signal, [Symbol.dispose]: () => this.#leave(wanted) }
  }

  /** The place of somebody who leaves: it stays taken meanwhile. */
  #turn(signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const enter = () => {
        signal.removeEventListener('abort', giveUp)
        resolve()
      }
      const giveUp = () => {
        this.#waiting.delete(enter)
        reject(signal.reason as Error)
      }
      signal.addEventListener('abort', giveUp, { once: true })
      this.#waiting.add(enter)
      this.#askToLeave()
    })
  }

  /** As many as wait. */
  #askToLeave(): void {
    const [oldest] = this.#unasked
    const asked = this.#taken - this.#unasked.size
    if (oldest === undefined || asked >= this.#waiting.size) return
    this.#unasked.delete(oldest)
    oldest.abort()
  }

  #leave(wanted: AbortController): void {
    this.#unasked.delete(wanted)
    const [next] = this.#waiting
    if (next === undefined) this.#taken--
    else {
      this.#waiting.delete(next)
      next()
    }
  }
}
