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
  objects: Pick<StoredObjects, 'commit'>,
  repo: RepoHandle,
  base: Oid,
  tip: Oid,
): Promise<readonly Commit[] | null> {
  const commits: Commit[] = []
  for (let oid = tip; oid !== base;) {
    const commit = commits.length < MAX_COMMITS ? await objects.commit(repo, oid) : null
    const [parent, ...others] = commit?.parents ?? []
    if (commit === null || parent === undefined || others.length > 0) return null
    commits.push(commit)
    oid = parent
  }
  return commits.reverse()
}
