/** Makes odd packs out of good ones, most of them with a trailer that is right. The same seed gives the same packs. */
import { createHash } from 'node:crypto'
import { deflateSync } from 'node:zlib'
import type { ObjectFormat } from '../../src/kernel/ids.ts'
import {
  appendingDelta,
  entryBytes,
  makePack,
  object,
  offsetDelta,
  refDelta,
  type MadeObject,
  type PackEntry,
} from '../support/hand-made-pack.ts'
import type { Dice } from '../support/dice.ts'

export interface Draft {
  readonly format: ObjectFormat
  readonly objects: readonly (MadeObject & { readonly content: Buffer })[]
}

type Change = (entries: readonly PackEntry[], dice: Dice, draft: Draft) => readonly PackEntry[]

const KINDS = ['commit', 'tree', 'blob', 'tag'] as const
const LEVELS = [0, 1, 6, 9] as const

/** One to three changes. @returns `bases`: what its deltas may be made from, if the repository has that */
export function mutatePack(draft: Draft, dice: Dice): Buffer {
  let entries: readonly PackEntry[] = draft.objects.map(({ entry }) => entry)
  for (let left = 1 + dice.below(3); left > 0; left--) entries = dice.pick(CHANGES)(entries, dice, draft)
  const pack = makePack(entries, draft.format)
  return dice.below(4) === 0 ? bytesChanged(pack, dice, draft.format) : pack
}

const CHANGES: readonly Change[] = [
  (entries) => entries,
  (entries, dice) => entries.toSpliced(dice.below(entries.length + 1), 1),
  (entries, dice) => entries.toSpliced(dice.below(entries.length + 1), 0, dice.pick(entries)),
  (entries, dice) => entries.toSorted(() => dice.below(3) - 1),
  changeOne((entry, dice) => ({ ...entry, bytes: Math.max(0, entry.bytes + dice.below(5) - 2) })),
  changeOne((entry, dice) => ({ ...entry, type: dice.pick(KINDS) })),
  changeOne((entry, dice) => ({ ...entry, deflated: flipped(entry.deflated, dice) })),
  changeOne((entry, dice) => ({ ...entry, deflated: entry.deflated.subarray(0, -1 - dice.below(4)) })),
  changeOne((entry, dice) => ({ ...entry, deflated: Buffer.concat([entry.deflated, noise(dice)]) })),
  changeContent((content, _kind, dice) => flipped(content, dice)),
  changeContent((content, _kind, dice) => Buffer.concat([content, noise(dice)])),
  changeContent((content, _kind, dice) => content.subarray(dice.below(3), content.length - dice.below(3))),
  changeContent((content) => content),
  asDelta((base, _at, _dice) => refDelta(base.oid, appendingDelta(base.content.length, Buffer.alloc(0)))),
  asDelta((base, _at, dice) =>
    refDelta(base.oid, flipped(appendingDelta(base.content.length, noise(dice)), dice)),
  ),
  asDelta((base, back, dice) => offsetDelta(back, appendingDelta(base.content.length, noise(dice)))),
  asDelta((base, back, dice) =>
    offsetDelta(back + dice.below(3) - 1, appendingDelta(base.content.length, noise(dice))),
  ),
]

function changeOne(change: (entry: PackEntry, dice: Dice) => PackEntry): Change {
  return (entries, dice) => {
    const at = dice.below(entries.length)
    const entry = entries[at]
    return entry ? entries.with(at, change(entry, dice)) : entries
  }
}

/** A whole object that was in the pack, with other content, compressed in another way. */
function changeContent(change: (content: Buffer, kind: string, dice: Dice) => Buffer): Change {
  return (entries, dice, draft) => {
    const made = dice.pick(draft.objects)
    const content = change(made.content, made.entry.type, dice)
    const deflated = deflateSync(content, { level: dice.pick(LEVELS) })
    const entry = { type: made.entry.type, bytes: content.length, deflated }
    const at = entries.indexOf(made.entry)
    return at < 0 || dice.below(2) === 0 ? [...entries, entry] : entries.with(at, entry)
  }
}

/** Puts a delta of one of the objects behind all others. */
function asDelta(delta: (base: Draft['objects'][number], back: number, dice: Dice) => PackEntry): Change {
  return (entries, dice, draft) => {
    const base = dice.pick(draft.objects)
    const at = entries.indexOf(base.entry)
    const back = entries.slice(Math.max(0, at)).reduce((sum, entry) => sum + entryBytes(entry), 0)
    return [...entries, delta(base, back, dice)]
  }
}

function bytesChanged(pack: Buffer, dice: Dice, format: ObjectFormat): Buffer {
  const hashBytes = format === 'sha1' ? 20 : 32
  const body = Buffer.from(pack.subarray(0, -hashBytes))
  const at = dice.below(body.length)
  const changed = dice.pick([
    () => flipped(body, dice),
    () => Buffer.concat([body.subarray(0, at), noise(dice), body.subarray(at)]),
    () => Buffer.concat([body.subarray(0, at), body.subarray(at + 1 + dice.below(8))]),
    () => Buffer.concat([body, noise(dice)]),
    () => body.subarray(0, at),
  ])()
  return Buffer.concat([changed, createHash(format).update(changed).digest()])
}

function flipped(bytes: Buffer, dice: Dice): Buffer {
  const copy = Buffer.from(bytes)
  if (copy.length > 0) copy[dice.below(copy.length)] = dice.below(256)
  return copy
}

/** One to four bytes. */
function noise(dice: Dice): Buffer {
  return Buffer.from(Array.from({ length: 1 + dice.below(4) }, () => dice.below(256)))
}

export function made(type: MadeObject['entry']['type'], content: Buffer | string, format: ObjectFormat) {
  return { ...object(type as 'blob', content, format), content: Buffer.from(content as string) }
}
