/** Which entries one new commit touched last, of all that its first parent has otherwise; read in this process. */
import type { Oid } from '../../kernel/ids.ts'
import type { RepoHandle } from '../../kernel/repository.ts'
import type { Commit } from '../objects/commit.ts'
import type { StoredObjects } from '../objects/stored-objects.ts'
import type { TreeEntry } from '../objects/tree.ts'
import { changedEntries, entryKey, isPlain, pathBelow, type EntryKey, type PathKey } from './entry-key.ts'
import { LastCommitsWalk, type Known } from './last-commits-walk.ts'

export interface ChangesParts {
  readonly objects: Pick<StoredObjects, 'commit' | 'lineage' | 'mayHaveChanged' | 'tree'>
  readonly repo: RepoHandle
}

/** By directory and entry; `null` where that would take a long search. */
export type Touched = ReadonlyMap<PathKey, ReadonlyMap<EntryKey, Oid | null>>

/** A commit with more is an import: to sweep the history again is quicker. */
const MAX_CHANGED = 20_000
/** Commits that are looked at for what a merge has taken from another parent. */
const MAX_STEPS = 256

interface Changed {
  readonly directory: PathKey
  readonly names: readonly string[]
  readonly entry: TreeEntry
}

/**
 * @param knownIn what is known of a directory, at commits that are no newer than the first parent
 * @returns `null` when there is too much, or an object is missing
 */
export async function changesOfCommit(
  parts: ChangesParts,
  commit: Commit,
  knownIn: (directory: PathKey) => Known,
): Promise<Touched | null> {
  const before = await treeOf(parts, commit.parents[0])
  const listing = new Listing(parts)
  if (!(await listing.compare({ directory: '', names: [] }, before, commit.tree))) return null
  const touched = new Map<PathKey, Map<EntryKey, Oid | null>>()
  for (const [directory, { names, keys }] of byDirectory(listing.changed)) {
    const own = new Map<EntryKey, Oid | null>(keys.map((key) => [key, commit.oid]))
    touched.set(directory, own)
    if (commit.parents.length < 2) continue
    for (const [key, last] of await takenOver(parts, commit, { names, keys }, knownIn(directory))) {
      own.set(key, last)
    }
  }
  return touched
}

interface DirectoryOf {
  readonly directory: PathKey
  /** As they show. */
  readonly names: readonly string[]
}

class Listing {
  readonly changed: Changed[] = []
  readonly #parts: ChangesParts

  constructor(parts: ChangesParts) {
    this.#parts = parts
  }

  /** Below `after`, what `before` does not have just the same. */
  async compare({ directory, names }: DirectoryOf, before: Oid | null, after: Oid): Promise<boolean> {
    const { objects, repo } = this.#parts
    const [there, here] = await Promise.all([before && objects.tree(repo, before), objects.tree(repo, after)])
    if (here === null || (before !== null && !there)) return false
    for (const { entry, other } of changedEntries(here, there || [])) {
      if (this.changed.push({ directory, names, entry }) > MAX_CHANGED) return false
      if (entry.type !== 'tree') continue
      const below = { directory: pathBelow(directory, entryKey(entry)), names: [...names, entry.name] }
      const beforeBelow = other?.type === 'tree' ? other.oid : null
      if (!(await this.compare(below, beforeBelow, entry.oid))) return false
    }
    return true
  }
}

function byDirectory(changed: readonly Changed[]) {
  const directories = new Map<PathKey, { readonly names: readonly string[]; readonly keys: EntryKey[] }>()
  for (const { directory, names, entry } of changed) {
    const found = directories.get(directory) ?? { names, keys: [] }
    directories.set(directory, found)
    found.keys.push(entryKey(entry))
  }
  return directories
}

/** Of a merge: what another parent has just the same was touched last where that had it from. */
async function takenOver(
  parts: ChangesParts,
  { oid }: Commit,
  { names, keys }: { readonly names: readonly string[]; readonly keys: readonly EntryKey[] },
  known: Known,
): Promise<ReadonlyMap<EntryKey, Oid | null>> {
  const walk = isPlain(names)
    ? await LastCommitsWalk.begin({ ...parts, directory: names }, oid, new Set(keys))
    : null
  if (walk === null) return new Map(keys.map((key) => [key, null]))
  await walk.goOn({ deadline: Infinity, steps: MAX_STEPS }, known)
  return new Map(keys.map((key) => [key, walk.found.get(key) ?? null]))
}

async function treeOf({ objects, repo }: ChangesParts, commit: Oid | undefined): Promise<Oid | null> {
  return commit === undefined ? null : ((await objects.commit(repo, commit))?.tree ?? null)
}
