/** Reads pkt-lines off a body one at a time and never a byte beyond; not for buffers (see wire/pkt-line.ts). */
import { AppError, type ErrorCode } from '../kernel/errors.ts'
import type { ByteSource } from './byte-source.ts'
import { malformedRequest } from './wire/malformed-request.ts'
import { HEADER_BYTES, packetLength, SPECIAL } from './wire/pkt-line.ts'

export type ReadPacket =
  { readonly kind: 'data'; readonly payload: Buffer } | { readonly kind: (typeof SPECIAL)[number] }

export class PacketReader {
  readonly #source: ByteSource
  readonly #overBudget: ErrorCode
  #bytesLeft: number

  /** @param maxBytes of packets, headers included; one byte more throws `overBudget` */
  constructor(source: ByteSource, opts: { maxBytes: number; overBudget: ErrorCode }) {
    this.#source = source
    this.#overBudget = opts.overBudget
    this.#bytesLeft = opts.maxBytes
  }

  /**
   * The length is checked before a byte of payload is waited for.
   *
   * @returns `null` when the body ends before a packet begins
   * @throws AppError `MALFORMED_PACKET`, `overBudget`, and what `ByteSource.read` throws
   */
  async next(): Promise<ReadPacket | null> {
    const head = await this.#source.read(HEADER_BYTES)
    if (head === null) return null
    if (head.length < HEADER_BYTES) throw truncated()
    const size = packetLength(head)
    this.#spend(Math.max(size, HEADER_BYTES))
    const special = SPECIAL[size]
    return special ? { kind: special } : { kind: 'data', payload: await this.#payload(size - HEADER_BYTES) }
  }

  /**
   * Payloads up to the next flush.
   *
   * @throws AppError `MALFORMED_REQUEST` where something else than `expected` or a flush stands
   */
  async *untilFlush(expected: string): AsyncGenerator<Buffer> {
    for (;;) {
      const packet = await this.next()
      if (packet?.kind === 'flush') return
      if (packet?.kind !== 'data') throw malformedRequest(`${expected} or flush expected`)
      yield packet.payload
    }
  }

  async #payload(size: number): Promise<Buffer> {
    if (size === 0) return Buffer.alloc(0)
    const payload = await this.#source.read(size)
    if (payload?.length !== size) throw truncated()
    return payload
  }

  #spend(bytes: number): void {
    this.#bytesLeft -= bytes
    if (this.#bytesLeft < 0) throw new AppError(this.#overBudget)
  }
}

function truncated(): AppError {
  return new AppError('MALFORMED_PACKET', { details: { reason: 'body ends inside a packet' } })
}
