/**
 * The file of one answer: open while somebody writes or reads it. Once it is removed, those who have it
 * open read on, and the disk gets its bytes back when the last of them has left.
 */
import { open, rm, type FileHandle } from 'node:fs/promises'
import { HotFile } from '../hot-file.ts'

export type OpenFile = (path: string, flags: string, mode?: number) => Promise<FileHandle>

export class AnswerFile {
  readonly #path: string
  readonly #open: OpenFile
  readonly #onClosed: () => void
  #handle: Promise<FileHandle>
  #hot: HotFile | null = null
  #users = 1
  #removed = false

  /**
   * Makes the file; whoever does so is its first user.
   *
   * @param onClosed told once: it is removed, and nobody has it open any more
   * @param openFile a disk with faults, in tests
   */
  constructor(path: string, onClosed: () => void, openFile: OpenFile = open) {
    this.#path = path
    this.#onClosed = onClosed
    this.#open = openFile
    this.#handle = opened(openFile(path, 'wx+', 0o600))
  }

  /** Each `join` ends with a `leave`. */
  join(): void {
    if (this.#users++ > 0) return
    this.#handle = opened(this.#open(this.#path, 'r'))
    this.#hot = null
  }

  async leave(): Promise<void> {
    if (--this.#users > 0) return
    await closed(this.#handle)
    if (this.#removed && this.#users === 0) this.#onClosed()
  }

  /** @throws Error `ENOSPC`, `EIO` and others of open(2) and write(2) */
  async write(chunk: Buffer, at: number): Promise<void> {
    const handle = await this.#handle
    for (let done = 0; done < chunk.length;) {
      const { bytesWritten } = await handle.write(chunk, done, chunk.length - done, at + done)
      done += bytesWritten
    }
  }

  /** @returns bytes read; 0: the file ends before them @throws Error `ENOENT`, `EIO` */
  async read(into: Buffer, at: number): Promise<number> {
    this.#hot ??= new HotFile(await this.#handle)
    const { bytesRead } = await this.#hot.readv([into], at)
    return bytesRead
  }

  async empty(): Promise<void> {
    await (await this.#handle).truncate(0)
  }

  /** Harmless when it was never made. @throws Error `EROFS`, `EIO` and others of unlink(2) */
  async remove(): Promise<void> {
    if (this.#removed) return
    this.#removed = true
    if (this.#users === 0) this.#onClosed()
    await this.#handle.catch(() => {}) // it may only be being made
    await rm(this.#path, { force: true })
  }
}

/** Whoever uses it hears of its fault; nobody else need wait for it. */
function opened(handle: Promise<FileHandle>): Promise<FileHandle> {
  handle.catch(() => {})
  return handle
}

/** What a disk says no sooner than here, those who read the file will notice. */
async function closed(handle: Promise<FileHandle>): Promise<void> {
  const it = await handle.catch(() => null)
  await it?.close().catch(() => {})
}
