/** The side that asks: which ids it has and the other one lacks, and the other way round. @see NIP-77 */
import { isFull, MAX_FRAME_BYTES, withRest } from './frame.ts'
import type { IdVector } from './id-vector.ts'
import { RangeWriter } from './range-writer.ts'
import { splitRange } from './split-range.ts'
import { END, ID_BYTES, isOfThisVersion, MalformedReconciliation, readRanges } from './wire.ts'

export interface Reconciled {
  /** What to send next; `null`: done. */
  readonly message: Buffer | null
  /** Ids in hex that are here and not there; each is told once, as below. */
  readonly have: readonly string[]
  /** Ids in hex that are there and not here. */
  readonly need: readonly string[]
}

/** Enough for a million ids that only one side has. */
const MAX_ROUNDS = 2_000

export class Reconciliation {
  readonly #set: IdVector
  readonly #maxBytes: number
  /** What was told: a frame that was full is followed by one that may begin before its end. */
  readonly #told = new Set<string>()
  #rounds = 0

  /** @param maxBytes of each message, at least 4,096 */
  constructor(set: IdVector, maxBytes = MAX_FRAME_BYTES) {
    this.#set = set
    this.#maxBytes = maxBytes
  }

  first(): Buffer {
    const out = new RangeWriter()
    splitRange(this.#set, 0, this.#set.size, END, out)
    return out.message()
  }

  /** @throws MalformedReconciliation also when the other side speaks another version, or comes to no end */
  take(answer: Buffer): Reconciled {
    if (!isOfThisVersion(answer)) throw new MalformedReconciliation('the other side speaks another version')
    if (++this.#rounds > MAX_ROUNDS) throw new MalformedReconciliation('the other side comes to no end')
    const have: string[] = []
    const need: string[] = []
    const message = this.#next(answer, have, need)
    return { message, have: this.#untold(have), need: this.#untold(need) }
  }

  #next(answer: Buffer, have: string[], need: string[]): Buffer | null {
    const out = new RangeWriter()
    let from = 0
    for (const range of readRanges(answer)) {
      if (isFull(out, this.#maxBytes)) return withRest(this.#set, from, out)
      const { bound } = range
      const to = this.#set.indexOf(bound, from)
      if (range.mode === 'ids') compare(idsIn(this.#set.ids(from, to)), idsIn(range.ids), have, need)
      if (range.mode === 'fingerprint' && !range.fingerprint.equals(this.#set.fingerprint(from, to)))
        splitRange(this.#set, from, to, bound, out)
      else out.skip(bound)
      from = to
    }
    return out.isEmpty ? null : out.message()
  }

  #untold(ids: readonly string[]): readonly string[] {
    const untold = ids.filter((id) => !this.#told.has(id))
    for (const id of untold) this.#told.add(id)
    return untold
  }
}

function compare(ours: ReadonlySet<string>, theirs: ReadonlySet<string>, have: string[], need: string[]) {
  for (const id of ours) if (!theirs.has(id)) have.push(id)
  for (const id of theirs) if (!ours.has(id)) need.push(id)
}

function idsIn(bytes: Buffer): ReadonlySet<string> {
  const ids = new Set<string>()
  for (let at = 0; at < bytes.length; at += ID_BYTES) ids.add(bytes.toString('hex', at, at + ID_BYTES))
  return ids
}
