/**
 * Connectivity of the common small push, seen without a walk by git: new commits are in the quarantine, one upon the
 * other, and the last of them upon what a ref already points at.
 *
 * That is enough because every object that the new ones refer to has been looked up when they were taken, by
 * `unpack-objects --strict` or here, and because what a repository has is whole: everything in it came through the
 * same door. See decision 5.
 */
import type { Oid } from '../../kernel/ids.ts'
import type { LooseObject } from './loose-commit.ts'

/** As many objects as a pack may have that is not walked by git. */
const MAX_COMMITS = 1_000

export interface SeenObjects {
  /** What the quarantine holds; `null`: it does not hold that. */
  readonly newIn: (oid: Oid) => Promise<LooseObject>
  /** Values of refs. */
  readonly known: ReadonlySet<Oid>
  /** Is this commit, which no such ref points at, in the history of one? `false`: git has to look. */
  readonly isInHistory: (oid: Oid) => Promise<boolean>
}

/** @returns `false` when git has to look */
export async function isSelfEvident(
  { newIn, known, isInHistory }: SeenObjects,
  tips: readonly Oid[],
): Promise<boolean> {
  const seen = new Set<Oid>()
  const left = [...tips]
  for (let oid = left.pop(); oid !== undefined; oid = left.pop()) {
    if (known.has(oid) || seen.has(oid)) continue
    if (seen.add(oid).size > MAX_COMMITS) return false
    const object = await newIn(oid)
    if (object?.type === 'commit') left.push(...object.parents)
    else if (object?.type === 'tag' && object.target !== null) left.push(object.target)
    else if (object !== null || !(await isInHistory(oid))) return false
  }
  return true
}
