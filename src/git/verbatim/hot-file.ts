/**
 * Reads a file on the event loop as long as the page cache has it, which costs less than to hand each read to a thread
 * and the bytes to another core; once a read has waited for the disk, the next ones are left to the threads.
 */
import { readvSync } from 'node:fs'
import type { FileHandle } from 'node:fs/promises'
import { setImmediate as turn } from 'node:timers/promises'
import type { Source } from './framed-slab.ts'

/** A slab from the page cache takes a tenth of a millisecond. */
const SLOW_MS = 1
/** After a slow one; then it is tried again. */
const READS_BY_THREADS = 64

export class HotFile implements Source {
  readonly #file: FileHandle
  readonly #now: () => number
  #byThreads = 0

  /** @param now milliseconds that never go back */
  constructor(file: FileHandle, now: () => number = () => performance.now()) {
    this.#file = file
    this.#now = now
  }

  async readv(gaps: readonly Buffer[], position: number): Promise<{ readonly bytesRead: number }> {
    if (this.#byThreads > 0) {
      this.#byThreads--
      return this.#file.readv(gaps, position)
    }
    await turn() // a client that takes all at once must not keep the loop to itself
    const began = this.#now()
    const bytesRead = readvSync(this.#file.fd, gaps, position)
    if (this.#now() - began > SLOW_MS) this.#byThreads = READS_BY_THREADS
    return { bytesRead }
  }
}
