/** A stream written by hand, as fast as its reader reads. */
import { once } from 'node:events'
import type { Writable } from 'node:stream'

export class ByteOutput {
  readonly #stream: Writable

  constructor(stream: Writable) {
    this.#stream = stream
    stream.on('error', () => {}) // whoever writes meets it
  }

  /** @throws Error the stream's own, when nobody reads any more */
  async write(bytes: Buffer | string): Promise<void> {
    if (this.#stream.errored) throw this.#stream.errored
    if (bytes.length === 0 || this.#stream.write(bytes)) return
    await once(this.#stream, 'drain')
  }

  end(): void {
    this.#stream.end()
  }
}
