/** What a start has opened so far, closed in the opposite order: at the end, or when the start fails. */

export class Opened {
  readonly #closers: (() => void | Promise<void>)[] = []

  use<T extends AsyncDisposable | Disposable>(resource: T): T {
    this.defer(async () => {
      if (Symbol.asyncDispose in resource) await resource[Symbol.asyncDispose]()
      else resource[Symbol.dispose]()
    })
    return resource
  }

  defer(close: () => void | Promise<void>): void {
    this.#closers.push(close)
  }

  /** Closes everything even if some of it fails. @throws the first failure */
  async close(): Promise<void> {
    const failures: unknown[] = []
    for (let close = this.#closers.pop(); close; close = this.#closers.pop()) {
      try {
        await close()
      } catch (err) {
        failures.push(err)
      }
    }
    if (failures.length > 0) throw failures[0]
  }
}
