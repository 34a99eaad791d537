/** HEAD of a gate follows that of its upstream, at first contact and whenever that changes. */
import type { RefName } from '../../../kernel/ids.ts'
import { isBranch } from '../../../kernel/ref-update.ts'
import type { RepoHandle, Repository } from '../../../kernel/repository.ts'
import type { Repositories } from '../../../store/repositories.ts'
import type { Upstream } from '../../../store/upstreams/upstream.ts'
import type { UpstreamRefs } from '../../../git/outbound/upstream-git.ts'

export interface FollowHeadParts {
  readonly repositories: Pick<Repositories, 'update'>
  /** Points HEAD at a branch; on disk when it resolves. */
  readonly setHead: (repo: RepoHandle, branch: RefName) => Promise<void>
}

const NOBODY = { actorId: null, agentId: null }

/**
 * One that is detached, missing, or of a branch that is not there, leaves ours alone; so does one that has not
 * changed, whatever an owner has set here since.
 *
 * @param upstream `headRef`: what the one before was to be remembered as
 * @returns what the upstream's HEAD is to be remembered as; `null`: it leads to no branch, so the next is a change
 */
export async function followHead(
  { repositories, setHead }: FollowHeadParts,
  repo: Repository,
  upstream: Pick<Upstream, 'headRef'>,
  { head, refs }: UpstreamRefs,
): Promise<RefName | null> {
  if (head === null || !isBranch(head) || !refs.has(head)) return null
  if (head === upstream.headRef) return head
  await repositories.update(repo.id, { defaultBranch: head.slice('refs/heads/'.length) }, NOBODY)
  await setHead(repo, head)
  return head
}
