/** The commit that an address names, and which of its parents it is compared with. */
import type { DiffRange } from '../../../git/history/diffs.ts'
import { emptyTree } from '../../../git/history/empty-tree.ts'
import type { Commit } from '../../../git/objects/commit.ts'
import type { StoredObjects } from '../../../git/objects/stored-objects.ts'
import { RepositoryParams } from '../../../http/repository-routes.ts'
import { AppError } from '../../../kernel/errors.ts'
import type { Oid } from '../../../kernel/ids.ts'
import type { RepoHandle } from '../../../kernel/repository.ts'
import { Revision } from './fields.ts'

export const CommitParams = RepositoryParams.extend({
  sha: Revision.meta({ description: 'object id, or any other revision; slashes as %2F' }),
})

/** @throws AppError `NOT_FOUND` */
export async function readCommit(
  objects: Pick<StoredObjects, 'commit'>,
  repo: RepoHandle,
  oid: Oid,
): Promise<Commit> {
  const commit = await objects.commit(repo, oid)
  if (commit === null) throw new AppError('NOT_FOUND', { details: { reason: 'no such commit', sha: oid } })
  return commit
}

/**
 * What a commit changed: against its first parent, or a first commit against nothing.
 *
 * @param parent which one, from 1
 * @throws AppError `UNPROCESSABLE`: it has no such parent
 */
export function changesOf(repo: RepoHandle, { oid, parents }: Commit, parent?: number): DiffRange {
  const from = parents[(parent ?? 1) - 1]
  if (from !== undefined) return { from, to: oid }
  if (parent === undefined) return { from: emptyTree(repo.objectFormat), to: oid }
  throw new AppError('UNPROCESSABLE', { details: { reason: 'no such parent', parents: parents.length } })
}
