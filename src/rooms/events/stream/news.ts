/** Waits for the log to grow, or for a while. What comes between two waits is not lost. */
import type { EventTail } from '../../../store/log/event-tail.ts'

export class News implements Disposable {
  readonly #listening: Disposable
  #rung = false
  #wake: (() => void) | null = null

  constructor(tail: Pick<EventTail, 'onNews'>) {
    this.#listening = tail.onNews(() => this.ring())
  }

  /** Whoever waits goes on. */
  ring(): void {
    this.#rung = true
    this.#wake?.()
  }

  async wait(ms: number): Promise<void> {
    if (!this.#rung) await this.#nextRing(ms)
    this.#rung = false
  }

  [Symbol.dispose](): void {
    this.#listening[Symbol.dispose]()
  }

  #nextRing(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, Math.max(0, ms))
      this.#wake = () => {
        clearTimeout(timer)
        resolve()
      }
    })
  }
}
