/** The side that is asked: every message is answered from itself and the set alone, nothing is kept between two. */
import { isFull, MAX_FRAME_BYTES, roomForIds, withRest } from './frame.ts'
import type { IdVector } from './id-vector.ts'
import { RangeWriter } from './range-writer.ts'
import { splitRange } from './split-range.ts'
import { isOfThisVersion, readRanges, VERSION } from './wire.ts'

/**
 * @param message without hex; another version than ours is told ours
 * @param maxBytes of the answer, at least 4,096
 * @throws MalformedReconciliation
 * @see NIP-77, negentropy-protocol-v1
 */
export function answerReconciliation(set: IdVector, message: Buffer, maxBytes = MAX_FRAME_BYTES): Buffer {
  if (!isOfThisVersion(message)) return Buffer.of(VERSION)
  const out = new RangeWriter()
  let from = 0
  for (const range of readRanges(message)) {
    if (isFull(out, maxBytes)) return withRest(set, from, out)
    const { bound } = range
    const to = set.indexOf(bound, from)
    if (range.mode === 'ids') {
      // whatever they have there: the ids that we have
      const end = Math.min(to, from + roomForIds(out, maxBytes))
      out.ids(end === to ? bound : set.boundBefore(end), set.ids(from, end), end - from)
      if (end < to) return withRest(set, end, out)
    } else if (range.mode === 'skip' || range.fingerprint.equals(set.fingerprint(from, to))) out.skip(bound)
    else splitRange(set, from, to, bound, out)
    from = to
  }
  return out.message()
}
