/** How much one message holds; what does not fit is asked for again in the next round. */
import type { IdVector } from './id-vector.ts'
import type { RangeWriter } from './range-writer.ts'
import { MAX_SPLIT_BYTES } from './split-range.ts'
import { END, ID_BYTES } from './wire.ts'

/** Of one message; it is sent in hex. */
export const MAX_FRAME_BYTES = 60_000
/** For the fingerprint of all that did not fit. */
const REST_BYTES = 200

/** Has it no room for one more range, whatever is said of it? */
export function isFull(out: RangeWriter, maxBytes: number): boolean {
  return out.length + MAX_SPLIT_BYTES + REST_BYTES > maxBytes
}

/** How many ids have room in a message that is not full: some. */
export function roomForIds(out: RangeWriter, maxBytes: number): number {
  return Math.floor((maxBytes - out.length - MAX_SPLIT_BYTES / 2 - REST_BYTES) / ID_BYTES)
}

/** One fingerprint of all that follows. */
export function withRest(set: IdVector, from: number, out: RangeWriter): Buffer {
  out.fingerprint(END, set.fingerprint(from, set.size))
  return out.message()
}
