/**
 * Could two commits be the same patch? Not if they change different paths, which their trees tell. What git says
 * of those that could: see picks.ts.
 *
 * @see git-patch-id(1)
 */
import type { Oid } from '../../kernel/ids.ts'
import type { RepoHandle } from '../../kernel/repository.ts'
import type { Commit } from '../objects/commit.ts'
import type { StoredObjects } from '../objects/stored-objects.ts'
import { entriesOf, type Entries } from '../writing/tree-entries.ts'

type Objects = Pick<StoredObjects, 'commit' | 'tree'>
/** Commits as far as they are compared. */
type Patch = Pick<Commit, 'tree' | 'parents'>

/** A tree before a change and after it. */
type Change = readonly [before: Oid, after: Oid]

const DIRECTORY = '40000'

/** @returns `true` also where it is not known */
export async function mayBeSamePatch(
  objects: Objects,
  repo: RepoHandle,
  one: Patch,
  other: Patch,
): Promise<boolean> {
  const [change, otherChange] = await Promise.all([
    changeOf(objects, repo, one),
    changeOf(objects, repo, other),
  ])
  return !change || !otherChange || changeSamePaths(objects, repo, change, otherChange)
}

async function changeOf(objects: Objects, repo: RepoHandle, commit: Patch): Promise<Change | null> {
  const [parent] = commit.parents
  const before = parent === undefined ? null : await objects.commit(repo, parent)
  return before && [before.tree, commit.tree]
}

async function changeSamePaths(
  objects: Objects,
  repo: RepoHandle,
  one: Change,
  other: Change,
): Promise<boolean> {
  const trees = await Promise.all([...one, ...other].map((oid) => objects.tree(repo, oid)))
  const [before, after, otherBefore, otherAfter] = trees.map((tree) => tree && entriesOf(tree))
  if (!before || !after || !otherBefore || !otherAfter) return true
  const names = changedNames(before, after)
  const otherNames = new Set(changedNames(otherBefore, otherAfter))
  if (names.length !== otherNames.size || names.some((name) => !otherNames.has(name))) return false
  for (const name of names) {
    const below = changeAt(before, after, name)
    const otherBelow = changeAt(otherBefore, otherAfter, name)
    if (below && otherBelow && !(await changeSamePaths(objects, repo, below, otherBelow))) return false
  }
  return true
}

function changedNames(before: Entries, after: Entries): readonly string[] {
  const names = [...new Set([...before.keys(), ...after.keys()])]
  return names.filter((name) => {
    const [old, now] = [before.get(name), after.get(name)]
    return old?.oid !== now?.oid || old?.mode !== now?.mode
  })
}

/** `null` unless it was a directory and is one. */
function changeAt(before: Entries, after: Entries, name: string): Change | null {
  const [old, now] = [before.get(name), after.get(name)]
  return old?.mode === DIRECTORY && now?.mode === DIRECTORY ? [old.oid, now.oid] : null
}
