/** Makes one commit out of a list of changes, in this process. Whether a branch then moves is the door's business. */
import { AppError } from '../../kernel/errors.ts'
import type { Oid } from '../../kernel/ids.ts'
import type { Quarantine } from '../../kernel/ports.ts'
import type { RepoHandle } from '../../kernel/repository.ts'
import type { Signature } from '../objects/commit.ts'
import { hashObject, type HashedObject } from '../quarantine/hashed-object.ts'
import { applyChanges, pathsOf } from './apply-changes.ts'
import type { Change } from './change.ts'
import { writeCommit } from './commit-text.ts'
import { EditedTree } from './edited-tree.ts'
import type { KnownTrees } from './known-trees.ts'
import { needsGit, takeThroughGit } from './take-through-git.ts'

export interface NewCommit {
  /** `null` for the first commit of a history. */
  readonly parent: Oid | null
  readonly changes: readonly Change[]
  /** Contents of the files that the changes put. */
  readonly blobs: readonly HashedObject[]
  readonly author: Signature
  readonly committer: Signature
  readonly message: string
}

/**
 * Writes the blobs, the trees along the changed paths and the commit.
 *
 * @returns id of the commit; its objects are in `quarantine`
 * @throws AppError `UNPROCESSABLE` with `details.reason`: a change cannot be applied, nothing changes, or
 *   git would not take what a file of its own says
 */
export async function makeCommit(
  trees: KnownTrees,
  repo: RepoHandle,
  quarantine: Quarantine,
  { parent, changes, blobs, author, committer, message }: NewCommit,
): Promise<Oid> {
  const before = parent === null ? null : await trees.rootOf(repo, parent)
  const tree = await EditedTree.open((oid) => trees.entries(repo, oid), before, pathsOf(changes))
  applyChanges(tree, changes)
  const { oid: root, written } = tree.write(repo.objectFormat)
  if (root === before) throw new AppError('UNPROCESSABLE', { details: { reason: 'nothing to commit' } })
  const parents = parent === null ? [] : [parent]
  const content = writeCommit({ tree: root, parents, author, committer, message })
  const commit = hashObject({ type: 'commit', content }, repo.objectFormat)
  const objects = [...blobs, ...written, commit]
  if (needsGit(changes)) await takeThroughGit(quarantine, objects, repo.objectFormat)
  else await quarantine.store(objects)
  trees.remember(repo, commit.oid, root, written)
  return commit.oid
}
