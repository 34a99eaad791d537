/** What every change of a pull request begins and ends with. */
import type { FastifyRequest } from 'fastify'
import type { RefQueue } from '../../kernel/ref-queue.ts'
import type { PullRequest } from '../../store/pulls-rows.ts'
import { findPull, type FindPullParts } from './find-pull.ts'
import type { LogFollower } from '../../store/log/log-follower.ts'
import { checkMayChange } from './may-change.ts'
import { headRef } from './refs.ts'

export interface ChangeParts extends FindPullParts {
  readonly follower: Pick<LogFollower, 'caughtUp'>
  /** Turns of those who change one pull request: nobody closes it while it is being merged. */
  readonly turns: RefQueue
}

/**
 * Resolves when what the change means for git is done as well.
 *
 * @param id UUID or number
 * @throws AppError `NOT_FOUND`, `UNAUTHORIZED`, `FORBIDDEN`, `REPO_ARCHIVED`, and what `work` throws
 */
export async function inTurn<T>(
  parts: ChangeParts,
  request: FastifyRequest,
  id: string,
  work: (pull: PullRequest) => Promise<T>,
): Promise<T> {
  const { repo } = request.found
  const { number } = await findPull(parts, repo, id)
  using _turn = await parts.turns.enter(repo.id, [headRef(number)])
  const pull = await findPull(parts, repo, id)
  checkMayChange(request, pull)
  const done = await work(pull)
  await parts.follower.caughtUp(repo.id)
  return done
}
