/** Entries of trees by the bytes of their paths, whatever these show as. */
import type { Oid } from '../../kernel/ids.ts'
import type { RepoHandle } from '../../kernel/repository.ts'
import type { StoredObjects } from '../objects/stored-objects.ts'
import type { TreeEntry } from '../objects/tree.ts'
import type { PathKey } from './entry-key.ts'

type Objects = Pick<StoredObjects, 'commit' | 'tree'>

/** Do two commits have just the same at a path, content and mode, or both nothing? @throws as `StoredObjects` */
export async function isSameAt(
  objects: Objects,
  repo: RepoHandle,
  commits: readonly [Oid, Oid],
  path: PathKey,
): Promise<boolean> {
  const [one, other] = await Promise.all(commits.map((oid) => entryOf(objects, repo, oid, path)))
  return one?.oid === other?.oid && one?.mode === other?.mode
}

async function entryOf(
  objects: Objects,
  repo: RepoHandle,
  commit: Oid,
  path: PathKey,
): Promise<TreeEntry | null> {
  let tree = (await objects.commit(repo, commit))?.tree ?? null
  let entry: TreeEntry | null = null
  for (const name of path.split('/')) {
    if (tree === null) return null
    const rawName = Buffer.from(name, 'latin1')
    const entries: readonly TreeEntry[] = (await objects.tree(repo, tree)) ?? []
    entry = entries.find((candidate) => candidate.rawName.equals(rawName)) ?? null
    tree = entry?.type === 'tree' ? entry.oid : null
  }
  return entry
}
