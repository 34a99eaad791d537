/** What must happen to the branches and tags of a repository so that they are what a state declares. Pure. */
import { zeroOid, type ObjectFormat, type Oid, type RefName } from '../../../kernel/ids.ts'
import { isDelete, type RefUpdate } from '../../../kernel/ref-update.ts'

export type Refs = ReadonlyMap<RefName, Oid>
/** `null`: what is declared is no object id. */
export type DeclaredRefs = ReadonlyMap<RefName, Oid | null>

export interface Alignment {
  /** Before the others: what is left may stand where a directory is to be, or the other way round. */
  readonly first: readonly RefUpdate[]
  readonly then: readonly RefUpdate[]
}

/**
 * @param here branches and tags as they are
 * @param newer states that are not complete yet: a ref that one of them wants as it is has been pushed for that one,
 *   and is left alone
 */
export function planAlignment(
  here: Refs,
  declared: ReadonlyMap<RefName, Oid>,
  newer: readonly DeclaredRefs[],
  objectFormat: ObjectFormat,
): Alignment {
  const zero = zeroOid(objectFormat)
  const isWanted = (ref: RefName) => here.has(ref) && newer.some((refs) => refs.get(ref) === here.get(ref))
  const deletions = [...here]
    .filter(([ref]) => !declared.has(ref) && !isWanted(ref))
    .map(([ref, oldOid]) => ({ ref, oldOid, newOid: zero }))
  const moves = [...declared]
    .filter(([ref, oid]) => here.get(ref) !== oid && !isWanted(ref))
    .map(([ref, newOid]) => ({ ref, oldOid: here.get(ref) ?? zero, newOid }))
  const inTheWay = standingInTheWay(deletions, moves)
  return {
    first: inTheWay,
    then: [...moves, ...deletions.filter((update) => !inTheWay.includes(update))],
  }
}

/** Deletions of `a` before `a/b` is made, and of `a/b` before `a`: git takes both in two transactions only. */
function standingInTheWay(deletions: readonly RefUpdate[], moves: readonly RefUpdate[]): RefUpdate[] {
  const made = new Set(moves.filter((update) => !isDelete(update)).map(({ ref }) => ref as string))
  const above = new Set([...made].flatMap(directoriesOf))
  return deletions.filter(({ ref }) => above.has(ref) || directoriesOf(ref).some((name) => made.has(name)))
}

function directoriesOf(ref: string): string[] {
  const parts = ref.split('/')
  return parts.slice(1).map((_, i) => parts.slice(0, i + 1).join('/'))
}
