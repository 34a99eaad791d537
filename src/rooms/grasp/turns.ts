/** Work on one repository, or on all of one identifier, goes on one after the other; nothing is lost when one fails. */
export class Turns {
  readonly #last = new Map<string, Promise<unknown>>()

  /** Begins when what was asked for before, under the same key, has ended. Do not ask again from within. */
  async run<T>(key: string, work: () => Promise<T>): Promise<T> {
    const before = this.#last.get(key) ?? Promise.resolve()
    const running = before.then(work, work)
    this.#last.set(key, running)
    try {
      return await running
    } finally {
      if (this.#last.get(key) === running) this.#last.delete(key)
    }
  }
}
