/** Where objects with findings lie: which commit of the push brought them, and under which names. */
import type { Oid } from '../../kernel/ids.ts'
import type { QuarantinedPush } from '../../kernel/policy.ts'
import { changesOf, newCommits, treesOf, type Change, type NewCommit } from './new-commits.ts'
import type { FoundObject } from './scan-pushed.ts'

export interface ObjectPlace {
  /** Without leading slash; empty for the root directory; `null`: a commit, a tag, or in no new commit. */
  readonly path: string | null
  /** The first one that brought it here. */
  readonly commit: Oid | null
  /** What lay here before, in the parents of the commit. */
  readonly before: readonly Oid[]
}

export type Places = ReadonlyMap<Oid, readonly ObjectPlace[]>

/** @throws AppError `GIT_FAILED`, `UNAVAILABLE` */
export async function placesOf(
  { objects, updates }: Pick<QuarantinedPush, 'objects' | 'updates'>,
  found: readonly FoundObject[],
): Promise<Places> {
  const wanted = new Set(found.filter(({ type }) => type === 'blob' || type === 'tree').map(({ oid }) => oid))
  if (wanted.size === 0) return new Map()
  const commits = await newCommits({ objects, updates })
  const changes = [
    ...(await rootChanges(objects, commits, wanted)),
    ...(await changesOf(objects, commits, [...wanted])),
  ].filter(({ oid }) => wanted.has(oid))
  return firstPlaces(changes, commits)
}

/** Of an object that has no place. */
export function nowhere({ oid, type }: FoundObject): ObjectPlace {
  return { path: null, commit: type === 'commit' ? oid : null, before: [] }
}

/** Where a parent of a commit has the object under the same name as well, the commit did not bring it. */
function firstPlaces(changes: readonly Change[], commits: readonly NewCommit[]): Places {
  const parents = new Map(commits.map((commit) => [commit.oid, commit.parents.length]))
  const seenFrom = new Map<string, Change[]>()
  for (const change of changes) {
    const key = `${change.commit} ${change.oid} ${change.path}`
    seenFrom.set(key, [...(seenFrom.get(key) ?? []), change])
  }
  const places = new Map<Oid, Map<string, ObjectPlace>>()
  for (const same of seenFrom.values()) {
    const [{ commit, oid, path }] = same as [Change]
    if (same.length < (parents.get(commit) ?? 0)) continue
    const ofObject = places.get(oid) ?? new Map<string, ObjectPlace>()
    places.set(oid, ofObject)
    const before = same.flatMap(({ oldOid }) => oldOid ?? [])
    if (!ofObject.has(path)) ofObject.set(path, { path, commit, before })
  }
  return new Map([...places].map(([oid, ofObject]) => [oid, [...ofObject.values()]]))
}

/** git does not name root directories among the changes. */
async function rootChanges(
  objects: QuarantinedPush['objects'],
  commits: readonly NewCommit[],
  wanted: ReadonlySet<Oid>,
): Promise<readonly Change[]> {
  const withFindings = commits.filter(({ tree }) => wanted.has(tree))
  const trees = await treesOf(
    objects,
    withFindings.flatMap(({ parents }) => parents),
  )
  return withFindings.flatMap(({ oid: commit, tree, parents }) => {
    const olds = parents.length === 0 ? [null] : parents.map((parent) => trees.get(parent) ?? null)
    return olds
      .filter((oldOid) => oldOid !== tree)
      .map((oldOid) => ({ commit, path: '', oid: tree, isTree: true, oldOid, isNewName: false }))
  })
}
