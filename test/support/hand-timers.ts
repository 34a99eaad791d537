/** Time that stands until it is moved; who waits is woken in order. */
interface Sleeper {
  readonly at: number
  readonly wake: () => void
}

export class HandTimers {
  #now = Date.now()
  readonly #sleepers = new Set<Sleeper>()

  now(): number {
    return this.#now
  }

  wait(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const giveUp = () => {
        this.#sleepers.delete(sleeper)
        reject(signal?.reason as Error)
      }
      const wake = () => {
        signal?.removeEventListener('abort', giveUp)
        resolve()
      }
      const sleeper = { at: this.#now + ms, wake }
      if (signal?.aborted) return giveUp()
      signal?.addEventListener('abort', giveUp, { once: true })
      this.#sleepers.add(sleeper)
      if (ms <= 0) this.#wakeDue()
    })
  }

  /** Is there somebody who is to be woken in exactly that time? */
  isAwaited(ms: number): boolean {
    return [...this.#sleepers].some(({ at }) => at === this.#now + ms)
  }

  advance(ms: number): void {
    this.#now += ms
    this.#wakeDue()
  }

  #wakeDue(): void {
    for (const sleeper of [...this.#sleepers].sort((a, b) => a.at - b.at)) {
      if (sleeper.at > this.#now) continue
      this.#sleepers.delete(sleeper)
      sleeper.wake()
    }
  }
}
