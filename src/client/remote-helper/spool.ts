/**
 * Bytes that are written once and read as often as a request is sent: in memory while they are few,
 * else in a file that has no name. So a push knows its size before it begins, and memory stays flat.
 */
import { randomBytes } from 'node:crypto'
import { open, rm, type FileHandle } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { HelperError } from '../credential-helper/helper-error.ts'

const IN_MEMORY_BYTES = 1024 * 1024
const CHUNK_BYTES = 256 * 1024

export class Spool implements AsyncDisposable {
  readonly #directory: string
  #chunks: Buffer[] = []
  #file: FileHandle | null = null
  #bytes = 0

  /** @param directory where there is room for a pack */
  constructor(directory: string) {
    this.#directory = directory
  }

  get bytes(): number {
    return this.#bytes
  }

  /** @throws HelperError when the disk is full */
  async write(chunk: Buffer): Promise<void> {
    this.#bytes += chunk.length
    if (this.#file === null) this.#chunks.push(chunk)
    if (this.#file === null && this.#bytes <= IN_MEMORY_BYTES) return
    try {
      if (this.#file === null) await this.#spill()
      else await this.#file.writeFile(chunk)
    } catch (err) {
      const { code } = err as NodeJS.ErrnoException
      throw new HelperError(`there is no room for the pack in ${this.#directory} (${code})`)
    }
  }

  /** From the beginning. One at a time; nothing may be written any more. */
  open(): Readable {
    return Readable.from(this.#file === null ? this.#chunks : chunksOf(this.#file), { objectMode: false })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#file?.close()
  }

  async #spill(): Promise<void> {
    const path = join(this.#directory, `sluice-push-${randomBytes(8).toString('hex')}`)
    this.#file = await open(path, 'wx+', 0o600)
    await rm(path)
    await this.#file.writeFile(Buffer.concat(this.#chunks))
    this.#chunks = []
  }
}

async function* chunksOf(file: FileHandle): AsyncGenerator<Buffer> {
  for (let at = 0; ;) {
    const { bytesRead, buffer } = await file.read(Buffer.allocUnsafe(CHUNK_BYTES), 0, CHUNK_BYTES, at)
    if (bytesRead === 0) return
    yield buffer.subarray(0, bytesRead)
    at += bytesRead
  }
}
