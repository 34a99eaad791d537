/** Makes the objects that a pack holds out of its entries: deltas are applied, whatever their order. */
import type { ObjectFormat, Oid } from '../../kernel/ids.ts'
import { applyDelta } from '../objects/delta.ts'
import type { ObjectType } from '../objects/object-type.ts'
import { hashObject, type HashedObject } from '../quarantine/hashed-object.ts'
import { ScanPace } from '../refs/ref-scan-pace.ts'
import type { Budget } from './budget.ts'
import type { ReadEntry } from './read-entries.ts'
import { Unusual } from './unusual.ts'

export interface PackedObject extends HashedObject {
  readonly entry: ReadEntry
  /** What it is a delta of, in the same pack. */
  readonly base: PackedObject | null
}

type DeltaEntry = ReadEntry & { readonly kind: 'delta' }
type Content = Pick<HashedObject, 'type' | 'content'>

export interface Bases {
  /** An object that the repository has, for a thin pack. @returns `null` when it may not be relied on */
  read(oid: string, maxBytes: number): { readonly type: ObjectType; readonly content: Buffer } | null
}

/** Of all deltas: each of its bytes may be an instruction, and they are followed without a pause. */
const MAX_DELTA_BYTES = 512 * 1024
/** A shorter delta makes git give up. @see git's delta.h, DELTA_SIZE_MIN */
const MIN_DELTA_BYTES = 4

/**
 * In the order of the pack, each object once.
 *
 * @throws Unusual, also for objects that come twice; other errors for deltas that are damaged
 */
export async function resolveDeltas(
  entries: readonly ReadEntry[],
  { format, bases, budget }: { format: ObjectFormat; bases: Bases; budget: Budget },
): Promise<readonly PackedObject[]> {
  const resolving = new Resolving(format, bases, budget)
  const pace = new ScanPace()
  for (const entry of entries) {
    if (entry.kind === 'whole') resolving.take(entry, { type: entry.type, content: entry.inflated }, null)
    else resolving.takeDelta(entry)
    if (pace.isOver()) await pace.rest()
  }
  resolving.takeThin()
  return resolving.objects(entries.length)
}

class Resolving {
  readonly #format: ObjectFormat
  readonly #bases: Bases
  readonly #budget: Budget
  readonly #byOffset = new Map<number, PackedObject>()
  readonly #byOid = new Map<Oid, PackedObject>()
  /** Deltas by what they wait for: an offset in the pack, or an id. */
  readonly #waiting = new Map<number | string, DeltaEntry[]>()
  #deltaBytes = 0

  constructor(format: ObjectFormat, bases: Bases, budget: Budget) {
    this.#format = format
    this.#bases = bases
    this.#budget = budget
  }

  /** And all deltas that have waited for it, and for those. */
  take(entry: ReadEntry, content: Content, base: PackedObject | null): void {
    const ready = [{ entry, content, base }]
    for (let next = ready.pop(); next !== undefined; next = ready.pop()) {
      const object = this.#add(next.entry, next.content, next.base)
      for (const key of [next.entry.offset, object.oid]) {
        const deltas = this.#waiting.get(key) ?? []
        this.#waiting.delete(key)
        for (const delta of deltas)
          ready.push({ entry: delta, content: this.#apply(object, delta), base: object })
      }
    }
  }

  takeDelta(entry: DeltaEntry): void {
    const key = typeof entry.base === 'number' ? entry.base : entry.base.toString('hex')
    const base = typeof key === 'number' ? this.#byOffset.get(key) : this.#byOid.get(key as Oid)
    if (base) return this.take(entry, this.#apply(base, entry), base)
    const waiting = this.#waiting.get(key)
    if (waiting) waiting.push(entry)
    else this.#waiting.set(key, [entry])
  }

  /** What still waits is made from what the repository has, or not at all. */
  takeThin(): void {
    for (const key of [...this.#waiting.keys()]) {
      const deltas = this.#waiting.get(key) // perhaps it came out of another one meanwhile
      if (deltas === undefined || typeof key === 'number') continue
      this.#waiting.delete(key)
      const base = this.#bases.read(key, this.#budget.left)
      if (base === null) throw new Unusual('missing')
      this.#budget.spend(base.content.length)
      for (const delta of deltas) this.take(delta, this.#apply(base, delta), null)
    }
  }

  objects(expected: number): readonly PackedObject[] {
    if (this.#byOid.size !== expected || this.#byOffset.size !== expected) throw new Unusual('malformed')
    return [...this.#byOffset.values()].sort((a, b) => a.entry.offset - b.entry.offset)
  }

  #add(entry: ReadEntry, content: Content, base: PackedObject | null): PackedObject {
    const object = { ...hashObject(content, this.#format), entry, base }
    this.#byOffset.set(entry.offset, object)
    this.#byOid.set(object.oid, object)
    return object
  }

  #apply({ type, content }: Content, delta: DeltaEntry): Content {
    if (delta.inflated.length < MIN_DELTA_BYTES) throw new Unusual('malformed')
    this.#deltaBytes += delta.inflated.length
    if (this.#deltaBytes > MAX_DELTA_BYTES) throw new Unusual('large')
    const made = applyDelta(content, delta.inflated, this.#budget.left)
    this.#budget.spend(made.length)
    return { type, content: made }
  }
}
