/** The pull request that a request is about, as it is after every push that anybody was told of. */
import { AppError } from '../../kernel/errors.ts'
import type { RepoId } from '../../kernel/ids.ts'
import type { PullRequests } from '../../store/pulls.ts'
import type { PullRequest } from '../../store/pulls-rows.ts'
import type { Follower } from './follower.ts'

export interface FindPullParts {
  readonly pulls: Pick<PullRequests, 'find'>
  readonly follower: Pick<Follower, 'caughtUp'>
}

/**
 * @param id UUID or number
 * @throws AppError `NOT_FOUND`
 */
export async function findPull(
  { pulls, follower }: FindPullParts,
  repoId: RepoId,
  id: string,
): Promise<PullRequest> {
  await follower.caughtUp(repoId)
  const pull = await pulls.find(repoId, /^\d+$/.test(id) ? Number(id) : id.toLowerCase())
  if (pull === null) throw new AppError('NOT_FOUND', { details: { reason: 'no such pull request', id } })
  return pull
}
