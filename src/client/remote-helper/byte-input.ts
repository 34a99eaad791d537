/** A stream read by hand: lines first, then packets of the same stream. Holds one line or packet at a time. */
import type { Readable } from 'node:stream'
import { HelperError } from '../credential-helper/helper-error.ts'
import { packetSize } from './packets.ts'

/** Longer than any ref name, id and option that git sends. */
const MAX_LINE_BYTES = 1024 * 1024

export class ByteInput {
  readonly #chunks: AsyncIterator<Buffer>
  #held: Buffer = Buffer.alloc(0)

  /** Takes the stream over. */
  constructor(stream: Readable) {
    this.#chunks = stream[Symbol.asyncIterator]() as AsyncIterator<Buffer>
  }

  /** Without its line feed; `null` at the end. */
  async line(): Promise<string | null> {
    for (let from = 0; ;) {
      const end = this.#held.indexOf(0x0a, from)
      if (end >= 0) return this.#take(end + 1).toString('utf8', 0, end)
      if (this.#held.length > MAX_LINE_BYTES) throw new HelperError('git sent a line that has no end')
      from = this.#held.length
      if (!(await this.#more())) return null
    }
  }

  /** Header and payload; `null` at the end. @throws HelperError when it ends within one */
  async packet(): Promise<Buffer | null> {
    for (;;) {
      const size = packetSize(this.#held)
      if (size !== null && this.#held.length >= size) return this.#take(size)
      if (await this.#more()) continue
      if (this.#held.length > 0) throw new HelperError('git ended in the middle of a request')
      return null
    }
  }

  /** What is there, as it comes; `null` at the end. */
  async some(): Promise<Buffer | null> {
    if (this.#held.length === 0 && !(await this.#more())) return null
    return this.#take(this.#held.length)
  }

  #take(bytes: number): Buffer {
    const taken = this.#held.subarray(0, bytes)
    this.#held = this.#held.subarray(bytes)
    return taken
  }

  async #more(): Promise<boolean> {
    const { value, done } = await this.#chunks.next()
    if (done) return false
    this.#held = this.#held.length === 0 ? value : Buffer.concat([this.#held, value])
    return true
  }
}
