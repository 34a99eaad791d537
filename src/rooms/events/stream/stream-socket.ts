/** The answer of a stream: bytes go in as far as its client takes them, and never more. */
import type { ServerResponse } from 'node:http'

/** Written and not yet taken; the next frame comes on top. */
const MAX_WAITING_BYTES = 64 * 1024

export class StreamSocket {
  readonly #response: ServerResponse
  readonly #stallMs: number
  readonly #ended = new AbortController()

  /** @param stallMs how long a client may leave what waits for it */
  constructor(response: ServerResponse, stallMs: number) {
    this.#response = response
    this.#stallMs = stallMs
    response.on('error', () => {}) // 'close' follows, and says the same
    response.once('close', () => this.#ended.abort())
    if (response.destroyed) this.#ended.abort()
  }

  /** Aborts when the client is gone, or the stream was ended. */
  get ended(): AbortSignal {
    return this.#ended.signal
  }

  /** Nothing more is to be written before `taken`. */
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

  /** Resolves when all that waited has been taken. A client that does not take it is cut off: it comes back. */
  async taken(): Promise<void> {
    if (this.ended.aborted || !this.#response.writableNeedDrain) return
    const { promise, resolve } = nextStep()
    const stalled = setTimeout(() => this.end(), this.#stallMs)
    this.#response.once('drain', resolve)
    this.ended.addEventListener('abort', resolve)
    await promise
    clearTimeout(stalled)
    this.#response.off('drain', resolve)
    this.ended.removeEventListener('abort', resolve)
  }
}

function nextStep(): { readonly promise: Promise<void>; readonly resolve: () => void } {
  let resolve: () => void = () => {}
  const promise = new Promise<void>((done) => (resolve = done))
  return { promise, resolve }
}
