/** Long work in this process, cut up so that what else runs here has its turn. */

const SLICE_MS = 8

export class Slices {
  #endsAt = performance.now() + SLICE_MS

  /** Resolves at once until the slice is over. */
  async pause(): Promise<void> {
    if (performance.now() < this.#endsAt) return
    await new Promise(setImmediate)
    this.#endsAt = performance.now() + SLICE_MS
  }
}
