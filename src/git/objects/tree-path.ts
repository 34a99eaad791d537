/** Where a path leads, one tree after the other. */
import type { Oid } from '../../kernel/ids.ts'
import type { RepoHandle } from '../../kernel/repository.ts'
import type { StoredObjects } from './stored-objects.ts'
import type { TreeEntry } from './tree.ts'

/** Names of a path; slashes at its ends and doubled ones separate nothing. */
export function pathNames(path: string): readonly string[] {
  return path.split('/').filter((name) => name !== '')
}

/**
 * The entry that a path names below a tree. A name that is not UTF-8 is found by what it shows as.
 *
 * @param path not empty: a root has no entry
 * @returns `null` when there is none
 */
export async function entryAt(
  objects: Pick<StoredObjects, 'tree'>,
  repo: RepoHandle,
  root: Oid,
  path: string,
): Promise<TreeEntry | null> {
  let tree = root
  let entry: TreeEntry | null = null
  for (const name of pathNames(path)) {
    if (entry !== null && entry.type !== 'tree') return null
    const entries = await objects.tree(repo, tree)
    entry = entries?.find((candidate) => candidate.name === name) ?? null
    if (entry === null) return null
    tree = entry.oid
  }
  return entry
}
