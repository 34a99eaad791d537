/** Removes what is of no use any more, while nobody waits; all of it is done before a server ends. */

export class Cleanup implements AsyncDisposable {
  readonly #running = new Set<Promise<void>>()

  /** @param work may fail: it is not tried again */
  add(work: () => Promise<void>): void {
    const running = work()
      .catch(() => {})
      .finally(() => this.#running.delete(running))
    this.#running.add(running)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#running)
  }
}
