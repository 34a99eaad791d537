/**
 * Reads a file on the event loop as long as the page cache has it, which costs less than to hand each read to a thread
 * and the bytes to another core; once reads have waited for the disk, the next ones are left to the threads.
 * Whoever reads much at once has to wait for his turn before; see turns.ts.
 */
import { readvSync } from 'node:fs'
import type { FileHandle } from 'node:fs/promises'

/** A slab from the page cache takes a tenth of a millisecond. */
const SLOW_MS = 1
/** In a row: one alone may be a processor that was taken away. */
const SLOW_READS = 2
/** After slow ones; then it is tried again. */
const READS_BY_THREADS = 64

export class HotFile {
  readonly #file: FileHandle
  readonly #now: () => number
  #slow = 0
  #byThreads = 0

  /** @param now milliseconds that never go back */
  constructor(file: FileHandle, now: () => number = () => performance.now()) {
    this.#file = file
    this.#now = now
  }

  /** @throws Error of preadv(2) */
  async readv(into: readonly Buffer[], position: number): Promise<{ readonly bytesRead: number }> {
    if (this.#byThreads > 0) {
      this.#byThreads--
      return this.#file.readv(into, position)
    }
    const began = this.#now()
    const bytesRead = readvSync(this.#file.fd, into, position)
    this.#slow = this.#now() - began > SLOW_MS ? this.#slow + 1 : 0
    if (this.#slow >= SLOW_READS) this.#byThreads = READS_BY_THREADS
    return { bytesRead }
  }
}
