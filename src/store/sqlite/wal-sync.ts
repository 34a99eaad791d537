/**
 * Forces commits to disk on a thread and not on the event loop, and all that have come by then with one wait. In WAL
 * mode with `synchronous = normal` a commit is whole and in its order; it is on disk once the log is synced, which is
 * all that `full` adds.
 *
 * @see https://sqlite.org/pragma.html#pragma_synchronous
 */
import { close, fsync, openSync } from 'node:fs'
import { promisify } from 'node:util'
import { AppError } from '../../kernel/errors.ts'

export type Fsync = (fd: number) => Promise<void>

export class WalSync {
  readonly #path: string
  readonly #fsync: Fsync
  #fd: number | null = null
  #commits = 0
  /** Commits that are on disk. */
  #synced = 0
  #running: Promise<void> = Promise.resolve()
  /** Begins when the running one has ended, which may have begun before the latest commit. */
  #next: Promise<void> | null = null
  #failure: unknown = null

  /** @param path of the log; made by SQLite with the first commit */
  constructor(path: string, fsyncFile: Fsync = promisify(fsync)) {
    this.#path = path
    this.#fsync = fsyncFile
  }

  /** @throws AppError `UNAVAILABLE`: the disk has failed once, and after that a success of it means nothing */
  check(): void {
    if (this.#failure !== null) throw new AppError('UNAVAILABLE', { cause: this.#failure })
  }

  /** Something was committed just now. */
  committed(): void {
    this.#commits++
  }

  /** Resolves when all that has been committed is on disk. @throws AppError `UNAVAILABLE` */
  async synced(): Promise<void> {
    this.check()
    if (this.#synced === this.#commits) return
    await (this.#next ??= this.#running.then(() => this.#sync()))
    this.check()
  }

  /** After the last commit. */
  async close(): Promise<void> {
    await this.synced().catch(() => {}) // whoever committed was told
    if (this.#fd !== null) await promisify(close)(this.#fd)
    this.#fd = null
  }

  async #sync(): Promise<void> {
    this.#running = this.#next ?? this.#running
    this.#next = null
    const commits = this.#commits
    try {
      this.#fd ??= openSync(this.#path, 'r')
      await this.#fsync(this.#fd)
      this.#synced = commits
    } catch (err) {
      this.#failure ??= err
    }
  }
}
