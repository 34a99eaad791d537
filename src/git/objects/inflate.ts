/** Inflates the start of a zlib stream that is held in memory. Not for streams of unknown size. */
import { constants, inflateSync } from 'node:zlib'

/**
 * @param deflated may end in the middle of the stream, or hold other bytes behind it
 * @throws Error of zlib when the stream is damaged or inflates to more than `maxBytes`
 */
export function inflateStart(deflated: Buffer, maxBytes: number): Buffer {
  return inflateSync(deflated, { finishFlush: constants.Z_SYNC_FLUSH, maxOutputLength: maxBytes })
}
