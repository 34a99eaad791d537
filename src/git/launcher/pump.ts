/**
 * Carries the output of a git into a writable: big reads into pooled buffers, back-pressure, no
 * copy. The writable must be done with a chunk when its write callback is called.
 */
import type { OnReadOpts, Socket } from 'node:net'
import type { Writable } from 'node:stream'
import { AppError } from '../../kernel/errors.ts'
import type { SlabPool } from './slab-pool.ts'

/** Slabs of one stream that are being written while one more is being filled. */
const MAX_IN_FLIGHT = 2

export class Pump {
  /** All output has been written; the writable is not ended. @throws AppError `REQUEST_ABORTED` */
  readonly written: Promise<void>
  /** For `net.connect`. */
  readonly onread: OnReadOpts
  readonly #into: Writable
  readonly #pool: SlabPool
  #filling: Buffer
  #socket: Socket | null = null
  /** Being written. */
  readonly #inFlight = new Set<Buffer>()
  #ended = false
  #settle: (err?: AppError) => void = () => {}

  constructor(into: Writable, pool: SlabPool) {
    this.#into = into
    this.#pool = pool
    this.#filling = pool.take()
    this.written = new Promise((resolve, reject) => {
      this.#settle = (err) => (err ? reject(err) : resolve())
    })
    this.written.catch(() => {}) // whoever waits for the exit first must not crash the server
    this.onread = { buffer: () => this.#filling, callback: (bytes) => this.#take(bytes) }
  }

  /** @param abandon called when the writable closes before git has ended */
  attach(socket: Socket, abandon: () => void): void {
    this.#socket = socket
    const closed = () => {
      if (!this.#ended) abandon()
      for (const slab of this.#inFlight) this.#pool.drop(slab)
      this.#inFlight.clear()
      this.#settle(new AppError('REQUEST_ABORTED'))
    }
    this.#into.once('close', closed) // heard until the last slab is written, which may fail when git has ended
    this.written.finally(() => this.#into.off('close', closed)).catch(() => {})
    socket.on('close', () => {
      this.#ended = true
      this.#pool.give(this.#filling)
      if (this.#inFlight.size === 0) this.#settle()
    })
    if (this.#into.destroyed) closed()
  }

  #take(bytes: number): boolean {
    const slab = this.#filling
    this.#filling = this.#pool.take()
    this.#inFlight.add(slab)
    this.#into.write(slab.subarray(0, bytes), (err) => this.#done(slab, err))
    return this.#inFlight.size < MAX_IN_FLIGHT
  }

  #done(slab: Buffer, err: Error | null | undefined): void {
    if (err) return // it may still be held; 'close' follows
    if (!this.#inFlight.delete(slab)) return
    this.#pool.give(slab)
    if (!this.#ended) this.#socket?.resume()
    else if (this.#inFlight.size === 0) this.#settle()
  }
}
