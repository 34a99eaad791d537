/** All that is sound here in packs, as a push brings it: git must take them without a word. */
import type { Reference } from '../../../src/git/fsck/check-object.ts'
import type { ObjectFormat, Oid } from '../../../src/kernel/ids.ts'
import { openScratch, packOf } from './git-of.ts'
import type { HashedObject } from './object-text.ts'
import type { Looked } from './our-verdicts.ts'

interface Sound {
  readonly object: HashedObject
  readonly references: readonly Reference[]
}

/** Each becomes a file. */
const MAX_UNPACKED = 300

/** @returns what git has to say of them */
export async function acceptedTogether(
  looked: readonly Looked[],
  format: ObjectFormat,
  git: string | null,
): Promise<string[]> {
  const sound = looked.flatMap(({ object, ours }) =>
    ours.kind === 'sound' ? [{ object, references: ours.references }] : [],
  )
  const consistent = withoutMixedTypes(sound)
  const whole = withoutMissing(consistent)
  const few = closureOf(whole.slice(-MAX_UNPACKED), whole)
  const said = [
    await take(['index-pack', '--fsck-objects', '--stdin'], consistent, format, git),
    await take(['index-pack', '--strict', '--stdin'], whole, format, git),
    await take(['unpack-objects', '-q', '--strict'], few, format, git),
  ]
  return said.flat()
}

async function take(
  args: readonly string[],
  sound: readonly Sound[],
  format: ObjectFormat,
  git: string | null,
): Promise<string[]> {
  await using scratch = await openScratch(format, git)
  const objects = sound.map(({ object }) => object)
  const { code, stderr } = await scratch.run(args, packOf(objects, format).pack)
  return code === 0 && stderr === '' ? [] : [`${args.join(' ')}: ${stderr}`]
}

/** git refuses an id that is a tree to one and a blob to another, whatever they are themselves. */
function withoutMixedTypes(sound: readonly Sound[]): Sound[] {
  const types = new Map(sound.map(({ object }) => [object.oid, object.type]))
  return sound.filter(({ references }) => {
    if (references.some(({ oid, type }) => (types.get(oid) ?? type) !== type)) return false
    const own = new Map(references.map(({ oid, type }) => [oid, type]))
    if (references.some(({ oid, type }) => own.get(oid) !== type)) return false
    for (const { oid, type } of references) types.set(oid, type)
    return true
  })
}

function withoutMissing(sound: readonly Sound[]): Sound[] {
  let kept = sound
  for (;;) {
    const there = new Set<Oid>(kept.map(({ object }) => object.oid))
    const whole = kept.filter(({ references }) => references.every(({ oid }) => there.has(oid)))
    if (whole.length === kept.length) return whole
    kept = whole
  }
}

function closureOf(tips: readonly Sound[], all: readonly Sound[]): Sound[] {
  const byId = new Map(all.map((each) => [each.object.oid, each]))
  const found = new Set(tips)
  for (const { references } of found) {
    for (const { oid } of references) {
      const referred = byId.get(oid)
      if (referred) found.add(referred)
    }
  }
  return [...found]
}
