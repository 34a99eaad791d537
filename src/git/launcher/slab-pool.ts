/** Read buffers that streams of git take and give back, so that memory stays flat at any size. */

/** What one read of a Unix socket can bring, and half the CPU of Node's own 64 KiB. */
export const SLAB_BYTES = 256 * 1024
/** Kept for the next stream: 16 MiB. */
const MAX_FREE = 64

export class SlabPool {
  readonly #free: Buffer[] = []

  take(): Buffer {
    return this.#free.pop() ?? Buffer.allocUnsafeSlow(SLAB_BYTES)
  }

  give(slab: Buffer): void {
    if (this.#free.length < MAX_FREE) this.#free.push(slab)
  }
}
