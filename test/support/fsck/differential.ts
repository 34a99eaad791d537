/** Our rules for objects beside those of git on many mutated objects at once. */
import { checkObject, type Check } from '../../../src/git/fsck/check-object.ts'
import type { ObjectFormat } from '../../../src/kernel/ids.ts'
import { Dice } from '../dice.ts'
import { acceptedTogether, type Sound } from './accepted-together.ts'
import { askFsck } from './git-fsck.ts'
import { goodObjects } from './good-objects.ts'
import { hostileObjects } from './hostile-objects.ts'
import { mutateObject } from './mutate-object.ts'
import { objectOf, type HashedObject } from './object-text.ts'

export interface DifferentialParts {
  readonly format: ObjectFormat
  readonly seed: number
  /** Objects, each another one. */
  readonly cases: number
  /** Directory of each git to ask; `null`: that of `PATH`. */
  readonly gits: readonly (string | null)[]
  /** Objects of a real repository, to be mutated too. */
  readonly real?: readonly HashedObject[]
}

export interface Differential {
  readonly cases: number
  readonly kinds: Readonly<Record<Check['kind'], number>>
  /** Of those that git has to look at itself: it says nothing of them. */
  readonly needless: number
  /** What is sound, or a fault, and git says otherwise. */
  readonly disagreements: readonly string[]
}

interface Looked {
  readonly object: HashedObject
  readonly ours: Check
}

export async function differential(parts: DifferentialParts): Promise<Differential> {
  const looked = mutated(parts).map((object): Looked => {
    return { object, ours: checkObject(object.type, object.content, parts.format) }
  })
  const kinds = { sound: 0, fault: 0, unusual: 0 }
  for (const { ours } of looked) kinds[ours.kind]++
  let needless = 0
  const disagreements: string[] = []
  for (const git of parts.gits) {
    const objects = looked.map(({ object }) => object)
    const named = await askFsck(objects, parts.format, git)
    needless += looked.filter(({ object, ours }) => ours.kind === 'unusual' && !named.has(object.oid)).length
    const suspects = looked.filter(({ object, ours }) => isOtherwise(ours, named.get(object.oid)))
    for (const suspect of suspects) disagreements.push(...(await disagreement(suspect, parts.format, git)))
    disagreements.push(...(await acceptedTogether(looked.flatMap(soundOnly), parts.format, git)))
  }
  return { cases: looked.length, kinds, needless: needless / parts.gits.length, disagreements }
}

function mutated({ format, seed, cases, real = [] }: DifferentialParts): HashedObject[] {
  const good = goodObjects(format)
  const hostile = hostileObjects(format).map(({ type, content }) => objectOf(type, content, format))
  const ofType = (type: HashedObject['type']) => good.filter((object) => object.type === type)
  const known = { commit: ofType('commit'), tree: ofType('tree'), blob: ofType('blob') }
  const changed = [...good, ...real].filter(({ type }) => type !== 'blob')
  const mutation = { format, dice: new Dice(seed), good: changed, hostile, known }
  const objects = new Map([...good, ...hostile, ...real].map((object) => [object.oid, object]))
  while (objects.size < cases) {
    const object = mutateObject(mutation)
    objects.set(object.oid, object)
  }
  return [...objects.values()]
}

/** @param said by git; `unreadable`: it did not come to the rules */
function isOtherwise(ours: Check, said: ReadonlySet<string> = new Set()): boolean {
  if (ours.kind === 'unusual' || isImpossible(ours)) return false
  return ours.kind === 'sound' ? said.size > 0 : !said.has(ours.id) && !said.has('unreadable')
}

/** Alone: beside others it may be called unreadable because they take what it refers to for something else. */
async function disagreement(
  { object, ours }: Looked,
  format: ObjectFormat,
  git: string | null,
): Promise<string[]> {
  const said = (await askFsck([object], format, git)).get(object.oid)
  if (!isOtherwise(ours, said)) return []
  const text = JSON.stringify(object.content.toString('latin1'))
  return [`${object.type} ${text}: ${JSON.stringify(ours)}, git: ${[...(said ?? [])].join(' ')}`]
}

/** It takes one object for two types, so that what it refers to cannot all be there. */
function isImpossible(ours: Check): boolean {
  if (ours.kind !== 'sound') return false
  const types = new Map(ours.references.map(({ oid, type }) => [oid, type]))
  return ours.references.some(({ oid, type }) => types.get(oid) !== type)
}

function soundOnly({ object, ours }: Looked): Sound[] {
  return ours.kind === 'sound' ? [{ object, references: ours.references }] : []
}
