/** What either side says of a range in which the other one has something else. */
import type { IdVector } from './id-vector.ts'
import type { RangeWriter } from './range-writer.ts'
import type { Bound } from './wire.ts'

const BUCKETS = 16
/** Fewer items are listed. */
const MIN_SPLIT = 2 * BUCKETS
/** Of 31 ids, or 16 bounds with their fingerprints; and of what was skipped before. */
export const MAX_SPLIT_BYTES = 1_200

/** @param until end of the items `from` to `to` */
export function splitRange(set: IdVector, from: number, to: number, until: Bound, out: RangeWriter): void {
  const count = to - from
  if (count < MIN_SPLIT) {
    out.ids(until, set.ids(from, to), count)
    return
  }
  for (let bucket = 0; bucket < BUCKETS; bucket++) {
    const start = from + Math.floor((count * bucket) / BUCKETS)
    const end = from + Math.floor((count * (bucket + 1)) / BUCKETS)
    out.fingerprint(end === to ? until : set.boundBefore(end), set.fingerprint(start, end))
  }
}
