/** Keeps a long scan from holding the event loop: the scan asks often and rests when its slice is over. */
import { setImmediate } from 'node:timers/promises'

const SLICE_MS = 4
/** Reading the clock costs as much as parsing a line. */
const STEPS_PER_LOOK = 32

export class ScanPace {
  #steps = 0
  #sliceEndsAt = performance.now() + SLICE_MS

  /** Has this slice lasted long enough? Then await `rest`. */
  isOver(): boolean {
    return ++this.#steps % STEPS_PER_LOOK === 0 && performance.now() >= this.#sliceEndsAt
  }

  async rest(): Promise<void> {
    await setImmediate()
    this.#sliceEndsAt = performance.now() + SLICE_MS
  }
}
