/** Deletes the source branch of a pull request that was merged. What refuses it does not undo the merge. */
import { apiPush, type Writer } from '../../kernel/api-push.ts'
import type { Door } from '../../kernel/door.ts'
import { AppError } from '../../kernel/errors.ts'
import { branchRef, zeroOid } from '../../kernel/ids.ts'
import { firstRefusal } from '../../kernel/refusal-error.ts'
import { updateRefs } from '../../kernel/update-refs.ts'
import type { PullRequest } from '../../store/pulls-rows.ts'

export interface SourceDeletion {
  readonly sourceBranchDeleted: boolean
  /** Why it was not. */
  readonly sourceBranchKept?: string
}

/** A branch that has moved on since it was merged stays. */
export async function deleteSource(door: Door, writer: Writer, pull: PullRequest): Promise<SourceDeletion> {
  const { repo } = writer
  if (pull.sourceBranch === null) return kept('there is none')
  if (pull.sourceBranch === repo.defaultBranch) return kept('it is the default branch')
  const update = {
    ref: branchRef(pull.sourceBranch),
    oldOid: pull.sourceSha,
    newOid: zeroOid(repo.objectFormat),
  }
  try {
    await using quarantine = door.store.openQuarantine(repo)
    const { results } = await updateRefs(
      door,
      apiPush(writer, { updates: [update], via: 'api' }),
      quarantine,
      null,
    )
    const refusal = firstRefusal(results)
    return refusal === null ? { sourceBranchDeleted: true } : kept(refusal.reason)
  } catch (err) {
    if (err instanceof AppError) return kept(err.message)
    throw err
  }
}

function kept(reason: string): SourceDeletion {
  return { sourceBranchDeleted: false, sourceBranchKept: reason }
}
