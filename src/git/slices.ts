/** Long work in this process, cut up so that what else runs here has its turn. */

const SLICE_MS = 8

export class Slices {
  readonly #sliceMs: number
  #endsAt: number

  constructor(sliceMs = SLICE_MS) {
    this.#sliceMs = sliceMs
    this.#endsAt = performance.now() + sliceMs
  }

  get isOver(): boolean {
    return performance.now() >= this.#endsAt
  }

  /** Resolves at once until the slice is over. */
  async pause(): Promise<void> {
    if (!this.isOver) return
    await new Promise(setImmediate)
    this.#endsAt = performance.now() + this.#sliceMs
  }
}

/** All of them, others having their turn now and then. */
export async function* inSlices<T>(items: Iterable<T>): AsyncGenerator<T> {
  const slices = new Slices()
  for (const item of items) {
    if (slices.isOver) await slices.pause()
    yield item
  }
}
