/** Writes that are asked for at the same time share a transaction, and with it the wait for the disk. */

interface Waiting<Call, Result> {
  readonly call: Call
  readonly done: (result: Result) => void
  readonly failed: (err: unknown) => void
}

/** Calls of a transaction: so many take some milliseconds, and other writers wait meanwhile. */
const MAX_AT_ONCE = 250

export class GroupedWrites<Call, Result> {
  readonly #write: (calls: readonly Call[]) => Promise<readonly Result[]>
  #waiting: Waiting<Call, Result>[] = []
  #busy = false

  /** @param write in one transaction; a result for each call, in their order */
  constructor(write: (calls: readonly Call[]) => Promise<readonly Result[]>) {
    this.#write = write
  }

  add(call: Call): Promise<Result> {
    return new Promise((done, failed) => {
      this.#waiting.push({ call, done, failed })
      if (!this.#busy) void this.#run()
    })
  }

  async #run(): Promise<void> {
    this.#busy = true
    await new Promise(setImmediate) // what this turn of the event loop asks for besides
    while (this.#waiting.length > 0) await this.#writeGroup(this.#waiting.splice(0, MAX_AT_ONCE))
    this.#busy = false
  }

  async #writeGroup(group: readonly Waiting<Call, Result>[]): Promise<void> {
    try {
      const results = await this.#write(group.map(({ call }) => call))
      group.forEach(({ done }, at) => done(results[at]!))
    } catch (err) {
      if (group.length === 1) group[0]!.failed(err)
      else for (const one of group) await this.#writeGroup([one]) // one of them is no reason against the others
    }
  }
}
