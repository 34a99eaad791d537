/** The pull request that a request is about, as it is after every push that anybody was told of. */
import type { Door } from '../../kernel/door.ts'
import { AppError } from '../../kernel/errors.ts'
import { branchRef } from '../../kernel/ids.ts'
import type { RepoHandle } from '../../kernel/repository.ts'
import type { PullRequests } from '../../store/pulls.ts'
import type { PullRequest } from '../../store/pulls-rows.ts'
import type { LogFollower } from '../../store/log/log-follower.ts'
import type { ReadRefs } from './refs.ts'

export interface FindPullParts {
  readonly pulls: Pick<PullRequests, 'find'>
  readonly follower: Pick<LogFollower, 'caughtUp'>
  readonly door: Pick<Door, 'store'>
}

/**
 * @param id UUID or number
 * @throws AppError `NOT_FOUND`
 */
export async function findPull(
  { pulls, follower, door }: FindPullParts,
  repo: RepoHandle,
  id: string,
): Promise<PullRequest> {
  await follower.caughtUp(repo.id)
  const pull = await pulls.find(repo.id, /^\d+$/.test(id) ? Number(id) : id.toLowerCase())
  if (pull === null) throw new AppError('NOT_FOUND', { details: { reason: 'no such pull request', id } })
  const [now] = await withTargetsNow(door.store, repo, [pull])
  return now ?? pull
}

/** Open ones with the tip that their target has now; the row keeps an older one of a branch that is gone. */
export async function withTargetsNow(
  store: ReadRefs,
  repo: RepoHandle,
  pulls: readonly PullRequest[],
): Promise<PullRequest[]> {
  const open = pulls.filter(({ status }) => status === 'open')
  const targets = new Set(open.map(({ targetBranch }) => branchRef(targetBranch)))
  const now = targets.size === 0 ? null : await store.readRefs(repo, [...targets])
  return pulls.map((pull) => {
    const targetSha = pull.status === 'open' ? now?.get(branchRef(pull.targetBranch)) : undefined
    return targetSha === undefined ? pull : { ...pull, targetSha }
  })
}
