/** Syncs one directory for many who add names to it: those who wait for it at the same time share a turn of the disk. */
import { syncPath } from '../durable.ts'

export class SharedSync {
  readonly #directory: string
  #running: Promise<void> = Promise.resolve()
  /** Begins when the running one has ended, which may have begun too early for whoever asks now. */
  #next: Promise<void> | null = null

  constructor(directory: string) {
    this.#directory = directory
  }

  /** All names that were made before the call are on disk when it resolves. */
  sync(): Promise<void> {
    return (this.#next ??= this.#begin(this.#running))
  }

  async #begin(before: Promise<void>): Promise<void> {
    await before.catch(() => {}) // told to those who waited for it
    this.#running = this.#next as Promise<void>
    this.#next = null
    await syncPath(this.#directory)
  }
}
