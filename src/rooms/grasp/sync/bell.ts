/** Rung when there is something to do; rung twice before anybody looks is rung once. */
export class Bell {
  #isRung = false
  #waiting: (() => void) | null = null

  ring(): void {
    this.#isRung = true
    this.#waiting?.()
  }

  /** For one who waits; what was rung before is answered at once, and forgotten. */
  async rung(signal: AbortSignal): Promise<void> {
    if (!this.#isRung && !signal.aborted) {
      await new Promise<void>((resolve) => {
        this.#waiting = resolve
        signal.addEventListener('abort', () => resolve(), { once: true })
      })
    }
    this.#waiting = null
    this.#isRung = false
  }
}
