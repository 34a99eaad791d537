/** The parent of a new commit: the head of its branch, or where a branch that does not exist begins. */
import type { Revisions } from '../../../git/revisions.ts'
import type { Door } from '../../../kernel/door.ts'
import { AppError } from '../../../kernel/errors.ts'
import { branchRef, type Oid } from '../../../kernel/ids.ts'
import type { Repository } from '../../../kernel/repository.ts'
import { existingCommit } from '../refs/existing-commit.ts'

export interface StartParts {
  readonly door: Pick<Door, 'store'>
  readonly revisions: Pick<Revisions, 'commit'>
  readonly repo: Repository
}

/**
 * @param head of the branch; `null` when it does not exist
 * @returns `null`: the commit is the first of its history
 * @throws AppError `ALREADY_EXISTS` for a start point of a branch that exists; as `existingCommit`
 */
export async function startOf(
  { door, revisions, repo }: StartParts,
  head: Oid | null,
  startPoint: string | undefined,
): Promise<Oid | null> {
  if (startPoint !== undefined) {
    if (head === null) return existingCommit(revisions, repo, startPoint, 'startPoint')
    const reason = 'the branch exists; leave out startPoint to commit on top of it'
    throw new AppError('ALREADY_EXISTS', { details: { reason, actual: head } })
  }
  if (head !== null) return head
  const byDefault = branchRef(repo.defaultBranch)
  return (await door.store.readRefs(repo, [byDefault])).get(byDefault) ?? null
}
