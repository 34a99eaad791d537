/** Our rules for objects beside those of git on many mutated objects at once. */
import type { ObjectFormat } from '../../../src/kernel/ids.ts'
import { Dice } from '../dice.ts'
import { acceptedTogether } from './accepted-together.ts'
import { askFsck, type Named } from './git-fsck.ts'
import { goodObjects } from './good-objects.ts'
import { hostileObjects } from './hostile-objects.ts'
import { mutateObject } from './mutate-object.ts'
import { objectOf, type HashedObject } from './object-text.ts'
import { lookAtAll, type Looked, type Verdict } from './our-verdicts.ts'
import { readFiles } from './read-files.ts'

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
  readonly kinds: Readonly<Record<Verdict['kind'], number>>
  /** What is sound, or a fault, and git says otherwise. */
  readonly disagreements: readonly string[]
}

export function differential(parts: DifferentialParts): Promise<Differential> {
  return compare(mutated(parts), parts)
}

/** @param objects each once */
export async function compare(
  objects: readonly HashedObject[],
  parts: Pick<DifferentialParts, 'format' | 'gits'>,
): Promise<Differential> {
  const looked = lookAtAll(objects, parts.format)
  const kinds = { sound: 0, fault: 0, unusual: 0 }
  for (const { ours } of looked) kinds[ours.kind]++
  const disagreements: string[] = []
  for (const git of parts.gits) {
    const named = await askFsck(objects, parts.format, git)
    const suspects = looked.filter((each) => isOtherwise(each, named))
    for (const suspect of suspects) disagreements.push(...(await disagreement(suspect, parts.format, git)))
    disagreements.push(...(await acceptedTogether(looked, parts.format, git)))
  }
  return { cases: looked.length, kinds, disagreements }
}

function mutated({ format, seed, cases, real = [] }: DifferentialParts): HashedObject[] {
  const good = goodObjects(format)
  const hostile = hostileObjects(format).map(({ type, content }) => objectOf(type, content, format))
  const files = readFiles(format)
  const ofType = (type: HashedObject['type']) => good.filter((object) => object.type === type)
  const known = { commit: ofType('commit'), tree: ofType('tree'), blob: ofType('blob'), ...files }
  const changed = [...good, ...real].filter(({ type }) => type !== 'blob')
  const mutation = { format, dice: new Dice(seed), good: changed, hostile, known }
  const first = [...good, ...hostile, ...real, ...Object.values(files).flat()]
  const objects = new Map(first.map((object) => [object.oid, object]))
  while (objects.size < cases) {
    const object = mutateObject(mutation)
    objects.set(object.oid, object)
  }
  return [...objects.values()]
}

function isOtherwise({ object, ours, files }: Looked, named: Named): boolean {
  if (ours.kind === 'unusual' || isImpossible(ours)) return false
  const said = [...(named.get(object.oid) ?? [])].filter((id) => object.type !== 'blob' || !isOfFile(id))
  if (ours.kind === 'fault') return !said.includes(ours.id) && !said.includes('unreadable')
  const ofFiles = files.flatMap(({ oid, name }) =>
    [...(named.get(oid) ?? [])].filter((id) => isOfFile(id, name)),
  )
  return said.length > 0 || ofFiles.length > 0
}

/** Whether a message is about a blob because a tree names it so. */
function isOfFile(id: string, name = '.git'): boolean {
  return id.startsWith(name.slice(1))
}

/** It takes one object for two types, so that what it refers to cannot all be there. */
function isImpossible(ours: Verdict): boolean {
  if (ours.kind !== 'sound') return false
  const types = new Map(ours.references.map(({ oid, type }) => [oid, type]))
  return ours.references.some(({ oid, type }) => types.get(oid) !== type)
}

/** Beside others it may be called unreadable because they take what it refers to for something else. */
async function disagreement(looked: Looked, format: ObjectFormat, git: string | null): Promise<string[]> {
  const { object, ours, files } = looked
  const named = await askFsck([object, ...files.map((file) => file.object)], format, git)
  if (!isOtherwise(looked, named)) return []
  const text = JSON.stringify(object.content.toString('latin1'))
  const said = JSON.stringify([...named].map(([oid, ids]) => [oid, ...ids]))
  return [`${object.type} ${text}: ${JSON.stringify(ours)}, git: ${said}`]
}
