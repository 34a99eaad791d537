/** The threads that scan. Each starts when it is first needed; one that died is replaced. */
import { AppError } from '../../kernel/errors.ts'
import { ScanThread, type ScanThreadOptions } from './scan-thread.ts'

export class ScanPool implements AsyncDisposable {
  readonly #options: ScanThreadOptions
  readonly #size: number
  #threads: ScanThread[] = []
  #closed = false

  constructor(options: ScanThreadOptions, size: number) {
    this.#options = options
    this.#size = size
  }

  /** The one with the least to do. @throws AppError `UNAVAILABLE` after the end */
  thread(): ScanThread {
    if (this.#closed) throw new AppError('UNAVAILABLE')
    this.#threads = this.#threads.filter(({ dead }) => !dead)
    const [idlest] = this.#threads.toSorted((a, b) => a.load - b.load)
    if (idlest !== undefined && (idlest.load === 0 || this.#threads.length >= this.#size)) return idlest
    const started = new ScanThread(this.#options)
    this.#threads.push(started)
    return started
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true
    await Promise.all(this.#threads.map((thread) => thread[Symbol.asyncDispose]()))
  }
}
