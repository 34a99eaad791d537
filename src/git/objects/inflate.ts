/** Inflates zlib streams that are held in memory. Not for large ones: it blocks. */
import { constants, inflateSync, type Inflate } from 'node:zlib'

/**
 * @param deflated may end in the middle of the stream, or hold other bytes behind it
 * @throws Error of zlib when the stream is damaged or inflates to more than `maxBytes`
 */
export function inflateStart(deflated: Buffer, maxBytes: number): Buffer {
  return inflateSync(deflated, { finishFlush: constants.Z_SYNC_FLUSH, maxOutputLength: maxBytes })
}

export interface Inflated {
  readonly content: Buffer
  /** Bytes of the stream, its checksum included. */
  readonly consumed: number
}

/** The least that zlib takes. */
const MIN_CHUNK_BYTES = 64

/**
 * One whole stream of exactly `size` bytes; what is larger stops there.
 *
 * @param deflated begins with the stream; other bytes may follow
 * @throws Error when the stream is damaged, is not whole or has another size
 */
export function inflateWhole(deflated: Buffer, size: number): Inflated {
  return asInflated(inflateSync(deflated, wholeOptions(size)) as unknown as WithEngine, size)
}

/** What `inflateSync` gives with `info`. @see https://nodejs.org/api/zlib.html#class-options */
export interface WithEngine {
  readonly buffer: Buffer
  readonly engine: Inflate
}

/** With room for one byte more, zlib need not be asked twice whether that was all. */
export function wholeOptions(size: number) {
  const chunkSize = Math.max(MIN_CHUNK_BYTES, size + 1)
  return { info: true, chunkSize, maxOutputLength: Math.max(1, size) } as const
}

export function asInflated({ buffer, engine }: WithEngine, size: number): Inflated {
  if (buffer.length !== size) throw new Error(`inflates to ${buffer.length} bytes, not ${size}`)
  return { content: buffer, consumed: engine.bytesWritten }
}
