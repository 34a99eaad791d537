/** A short branch without merges, read in this process. */
import type { Oid } from '../../kernel/ids.ts'
import type { RepoHandle } from '../../kernel/repository.ts'
import type { Commit } from '../objects/commit.ts'
import type { StoredObjects } from '../objects/stored-objects.ts'

/** Reading more, one after the other, takes longer than asking git. */
const MAX_COMMITS = 32

/**
 * The commits from above `base` up to `tip`, oldest first.
 *
 * @returns `null` when no line leads from `tip` to `base`, or a long one
 */
export async function lineAbove(
  objects: Pick<StoredObjects, 'commit' | 'lineage'>,
  repo: RepoHandle,
  base: Oid,
  tip: Oid,
): Promise<readonly Commit[] | null> {
  const line: Oid[] = []
  for (let oid = tip; oid !== base;) {
    const lineage = line.length < MAX_COMMITS ? await objects.lineage(repo, oid) : null
    const [parent, ...others] = lineage?.parents ?? []
    if (parent === undefined || others.length > 0) return null
    line.push(oid)
    oid = parent
  }
  const commits = await Promise.all(line.reverse().map((oid) => objects.commit(repo, oid)))
  return commits.every((commit) => commit !== null) ? commits : null
}
