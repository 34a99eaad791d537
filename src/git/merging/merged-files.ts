/** What a conflicting merge leaves at the paths of files: a text with conflict markers, or one side's version. */
import type { Oid } from '../../kernel/ids.ts'
import type { ObjectReader } from '../../kernel/ports.ts'
import type { RepoHandle } from '../../kernel/repository.ts'
import type { StoredObjects } from '../objects/stored-objects.ts'
import type { TreeEntry } from '../objects/tree.ts'
import { pathNames } from '../objects/tree-path.ts'
import { changedFiles, type ChangedFile } from './changed-files.ts'

export interface MergedPair {
  readonly repo: RepoHandle
  readonly ours: Oid
  /** Tree, in the quarantine. */
  readonly merged: Oid
}

/**
 * By path; `null` where the merged tree holds no file.
 *
 * @throws AppError `GIT_FAILED`, `LAUNCHER_LOST`
 */
export async function mergedFiles(
  objects: Pick<StoredObjects, 'commit' | 'tree'>,
  quarantine: Pick<ObjectReader, 'git'>,
  { repo, ours, merged }: MergedPair,
  paths: readonly string[],
): Promise<ReadonlyMap<string, ChangedFile | null>> {
  const changed = await changedFiles(quarantine, { before: ours, after: merged })
  const head = await objects.commit(repo, ours)
  const entryAt = lookUp(objects, repo)
  const files = new Map<string, ChangedFile | null>()
  for (const path of paths) {
    const entry = head && !changed.has(path) ? await entryAt(head.tree, path) : null
    files.set(path, changed.get(path) ?? (entry?.type === 'tree' ? null : entry))
  }
  return files
}

/** As `entryAt` of objects/tree-path.ts for many paths: no directory is searched for each of its files. */
function lookUp(objects: Pick<StoredObjects, 'tree'>, repo: RepoHandle) {
  const directories = new Map<Oid, ReadonlyMap<string, TreeEntry>>()
  const directoryOf = async (tree: Oid) => {
    const known = directories.get(tree)
    if (known) return known
    const entries = (await objects.tree(repo, tree)) ?? []
    const directory = new Map(entries.map((entry) => [entry.name, entry]))
    directories.set(tree, directory)
    return directory
  }
  return async (root: Oid, path: string): Promise<TreeEntry | null> => {
    let [tree, entry]: [Oid, TreeEntry | null] = [root, null]
    for (const name of pathNames(path)) {
      if (entry !== null && entry.type !== 'tree') return null
      entry = (await directoryOf(tree)).get(name) ?? null
      if (entry === null) return null
      tree = entry.oid
    }
    return entry
  }
}
