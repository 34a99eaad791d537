/**
 * Buffers that streams of packs fill, send and give back: those of git, and those of files. All streams share
 * one pool with a bound, so that a hundred of them take little more memory than a few, and take turns on the event loop.
 */
import { Turns } from '../turns.ts'

/** What one read of a Unix socket can bring, and half the CPU of Node's own 64 KiB. */
export const SLAB_BYTES = 256 * 1024
/** While all large ones are out. Nobody waits for another stream, whose client may have stopped reading. */
export const SMALL_SLAB_BYTES = 64 * 1024
/** 8 MiB. */
const MAX_SLABS = 32
/** Small ones that are kept for the next time: 4 MiB. */
const MAX_FREE_SMALL = 64

export class SlabPool {
  /** Of all who do what streams begin with. */
  readonly turns = new Turns()
  readonly #maxSlabs: number
  readonly #free: Buffer[] = []
  readonly #freeSmall: Buffer[] = []
  #lent = 0

  /** @param maxSlabs large ones */
  constructor(maxSlabs: number = MAX_SLABS) {
    this.#maxSlabs = maxSlabs
  }

  /** Of `SLAB_BYTES`, or `SMALL_SLAB_BYTES`; holds what it held. Goes back by `give` or `drop`. */
  take(): Buffer {
    if (this.#lent >= this.#maxSlabs) return this.#freeSmall.pop() ?? Buffer.allocUnsafeSlow(SMALL_SLAB_BYTES)
    this.#lent++
    return this.#free.pop() ?? Buffer.allocUnsafeSlow(SLAB_BYTES)
  }

  /** As `take`, when it is the caller's turn to fill it and begin to send it. */
  async takeInTurn(): Promise<Buffer> {
    await this.turns.take()
    return this.take()
  }

  /** Nobody reads or writes it any more. */
  give(slab: Buffer): void {
    if (slab.length === SLAB_BYTES) {
      this.#lent--
      this.#free.push(slab)
    } else if (this.#freeSmall.length < MAX_FREE_SMALL) this.#freeSmall.push(slab)
  }

  /** Whoever took it is done, but the kernel may still hold it: another one takes its place. */
  drop(slab: Buffer): void {
    if (slab.length === SLAB_BYTES) this.#lent--
  }
}
