/**
 * Calls that are made at the same time become one: writes share a transaction, and with it the wait for the disk;
 * reads share a statement.
 */

interface Waiting<Call, Result> {
  readonly call: Call
  readonly done: (result: Result) => void
  readonly failed: (err: unknown) => void
}

/** Of one group: so many take some milliseconds, and others wait meanwhile. */
const MAX_AT_ONCE = 250

export class GroupedCalls<Call, Result> {
  readonly #answer: (calls: readonly Call[]) => Promise<readonly Result[]>
  #waiting: Waiting<Call, Result>[] = []
  #busy = false

  /** @param answer all at once; a result for each call, in their order */
  constructor(answer: (calls: readonly Call[]) => Promise<readonly Result[]>) {
    this.#answer = answer
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
    while (this.#waiting.length > 0) await this.#answerGroup(this.#waiting.splice(0, MAX_AT_ONCE))
    this.#busy = false
  }

  async #answerGroup(group: readonly Waiting<Call, Result>[]): Promise<void> {
    try {
      const results = await this.#answer(group.map(({ call }) => call))
      group.forEach(({ done }, at) => done(results[at]!))
    } catch (err) {
      if (group.length === 1) group[0]!.failed(err)
      else await Promise.all(group.map((one) => this.#answerGroup([one]))) // one of them is no reason against the others
    }
  }
}
