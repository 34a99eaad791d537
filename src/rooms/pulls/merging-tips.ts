/** What would be merged into what, at this moment. */
import type { Oid } from '../../kernel/ids.ts'
import type { RepoHandle } from '../../kernel/repository.ts'
import type { PullRequest } from '../../store/pulls-rows.ts'
import { branchTips, type ReadRefs } from './refs.ts'

export interface MergingTips {
  /** Of a branch that is gone: its last value. The server keeps its commits. */
  readonly source: Oid
  /** `null`: the branch is gone, so there is nothing to merge into. */
  readonly target: Oid | null
}

/** One that is not open any more is asked about as it was then. */
export async function mergingTips(
  store: ReadRefs,
  repo: RepoHandle,
  pull: PullRequest,
): Promise<MergingTips> {
  if (pull.status !== 'open') return { source: pull.sourceSha, target: pull.targetSha }
  const { source, target } = await branchTips(store, repo, pull)
  return { source: source ?? pull.sourceSha, target }
}
