/**
 * A request body that is read by hand: a known number of bytes, or whatever is there, and the rest
 * as a stream. Back-pressure is the body's own; nothing is copied or read ahead.
 */
import { Readable } from 'node:stream'
import { AppError } from '../kernel/errors.ts'

/** Errors by which a body says that its sender went away. */
const ABORTS = new Set(['ECONNRESET', 'EPIPE', 'ABORT_ERR', 'ERR_STREAM_PREMATURE_CLOSE'])
const CHANGES = ['readable', 'end', 'close', 'error'] as const

export class ByteSource {
  readonly #body: Readable
  readonly #idleMs: number
  readonly #waiting = new Set<() => void>()

  /**
   * Takes the body over: nobody else may read it, and it is not destroyed here.
   *
   * @param idleMs how long to wait for the next byte while one is wanted
   */
  constructor(body: Readable, opts: { idleMs: number }) {
    this.#body = body
    this.#idleMs = opts.idleMs
    // One listener for life: adding one to a stream that holds a part of what is wanted wakes at once, for ever.
    for (const change of CHANGES) body.on(change, () => this.#wakeAll())
  }

  /**
   * @returns `size` bytes, fewer only where the body ends, `null` at its end
   * @throws AppError `REQUEST_ABORTED`, `REQUEST_TIMEOUT`, `MALFORMED_REQUEST` (broken compression)
   */
  read(size: number): Promise<Buffer | null> {
    return this.#take(() => this.#body.read(size) as Buffer | null)
  }

  /** The next bytes as they came; throws as `read` does. */
  readSome(): Promise<Buffer | null> {
    return this.#take(() => this.#body.read() as Buffer | null)
  }

  /** All that is unread, as a stream that may be destroyed without harm to the body. */
  rest(): Readable {
    const next = () => this.readSome()
    return new Readable({
      read() {
        next().then(
          (chunk) => this.push(chunk),
          (err: Error) => this.destroy(err),
        )
      },
    })
  }

  /**
   * Reads on and throws away, so that the sender gets to hear the answer.
   *
   * @returns `false` when more than `maxBytes` came before the end
   */
  async discard(maxBytes: number): Promise<boolean> {
    let left = maxBytes
    for (let chunk = await this.readSome(); chunk !== null; chunk = await this.readSome()) {
      left -= chunk.length
      if (left < 0) return false
    }
    return true
  }

  async #take(attempt: () => Buffer | null): Promise<Buffer | null> {
    for (;;) {
      const bytes = attempt()
      if (bytes !== null) return bytes
      if (this.#body.errored) throw bodyFault(this.#body.errored)
      if (this.#body.readableEnded) return null
      if (this.#body.destroyed) throw new AppError('REQUEST_ABORTED')
      await this.#change()
    }
  }

  #change(): Promise<void> {
    return new Promise((resolve, reject) => {
      const wake = () => {
        clearTimeout(timer)
        resolve()
      }
      const timer = setTimeout(() => {
        this.#waiting.delete(wake)
        reject(new AppError('REQUEST_TIMEOUT', { details: { idleMs: this.#idleMs } }))
      }, this.#idleMs)
      this.#waiting.add(wake)
    })
  }

  #wakeAll(): void {
    const waiting = [...this.#waiting]
    this.#waiting.clear()
    for (const wake of waiting) wake()
  }
}

function bodyFault(cause: Error & { code?: string }): Error {
  if (ABORTS.has(cause.code ?? '')) return new AppError('REQUEST_ABORTED', { cause })
  if (cause.code?.startsWith('Z_')) {
    return new AppError('MALFORMED_REQUEST', { details: { reason: 'broken compression' }, cause })
  }
  return cause
}
