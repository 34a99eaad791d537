/** The answer of a stream: bytes go in as far as its client takes them, and never more. */
import type { ServerResponse } from 'node:http'

/** Written and not yet taken; the next frame comes on top. */
const MAX_WAITING_BYTES = 64 * 1024

export class StreamSocket {
  readonly #response: ServerResponse
  readonly #ended = new AbortController()

  constructor(response: ServerResponse) {
    this.#response = response
    response.on('error', () => {}) // 'close' follows, and says the same
    response.once('close', () => this.#ended.abort())
    if (response.destroyed) this.#ended.abort()
  }

  /** Aborts when the client is gone, or the stream was ended. */
  get ended(): AbortSignal {
    return this.#ended.signal
  }

  /** Nothing more is to be written before `takenWithin`. */
  get isFull(): boolean {
    return this.#response.writableLength > MAX_WAITING_BYTES
  }

  write(frame: Buffer): void {
    if (!this.ended.aborted) this.#response.write(frame)
  }

  /** At once; in good order where the client has taken everything, so that it keeps its connection. */
  end(): void {
    if (this.ended.aborted) return
    if (this.#response.writableNeedDrain) this.#response.destroy()
    else this.#response.end()
    this.#ended.abort()
  }

  /** @returns whether all that waited was taken by then; the end of the stream ends the wait as well */
  takenWithin(ms: number): Promise<boolean> {
    if (this.ended.aborted || !this.#response.writableNeedDrain) return Promise.resolve(!this.ended.aborted)
    return new Promise((resolve) => {
      const settle = (taken: boolean) => () => {
        clearTimeout(timer)
        this.#response.off('drain', onTaken)
        this.ended.removeEventListener('abort', onEnd)
        resolve(taken)
      }
      const [onTaken, onEnd] = [settle(true), settle(false)]
      const timer = setTimeout(onEnd, ms)
      this.#response.once('drain', onTaken)
      this.ended.addEventListener('abort', onEnd)
    })
  }
}
