/** Work on the same thing goes one after the other; who asks while it is under way shares the next turn. */

export class SharedTurns<T> {
  readonly #running = new Map<string, Promise<unknown>>()
  readonly #next = new Map<string, Promise<T>>()

  /** @returns what a turn brought that has begun after this call; it begins with what everybody wanted by then */
  take(key: string, work: () => Promise<T>): Promise<T> {
    const waiting = this.#next.get(key)
    if (waiting) return waiting
    const before = this.#running.get(key)
    if (before === undefined) return this.#begin(key, work)
    const next = before.then(() => {
      this.#next.delete(key)
      return this.#begin(key, work)
    })
    this.#next.set(key, next)
    return next
  }

  /** Resolves when nothing is under way. */
  async idle(): Promise<void> {
    while (this.#running.size > 0) await Promise.all([...this.#running.values(), ...this.#next.values()])
  }

  #begin(key: string, work: () => Promise<T>): Promise<T> {
    const turn = work()
    const ended = turn.then(
      () => {},
      () => {},
    )
    this.#running.set(key, ended)
    void ended.then(() => {
      if (this.#running.get(key) === ended) this.#running.delete(key)
    })
    return turn
  }
}
