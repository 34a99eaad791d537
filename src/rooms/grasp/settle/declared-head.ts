/** HEAD is the branch that is declared, as soon as that branch is there as it is declared. @see GRASP-01 */
import type { RefName } from '../../../kernel/ids.ts'
import type { RepoHandle, Repository } from '../../../kernel/repository.ts'
import type { Repositories } from '../../../store/repositories.ts'
import type { SignedState } from '../authorised-states.ts'
import type { Refs } from './plan-alignment.ts'

export interface HeadParts {
  readonly refsOf: (repo: RepoHandle) => Promise<Refs>
  readonly readHead: (repo: RepoHandle) => Promise<RefName | null>
  /** On disk, and seen by readers, when it resolves. */
  readonly setHead: (repo: RepoHandle, branch: RefName) => Promise<void>
  readonly defaults: Pick<Repositories, 'update'>
}

const NOBODY = { actorId: null, agentId: null }

/** @param candidates newest first; the first whose branch is there counts */
export async function followDeclaredHead(
  { refsOf, readHead, setHead, defaults }: HeadParts,
  repo: Repository,
  candidates: readonly SignedState[],
): Promise<void> {
  const refs = await refsOf(repo)
  const head = candidates
    .map(({ declared }) => declared)
    .find(({ head, refs: declared }) => {
      return head !== null && refs.has(head) && refs.get(head) === declared.get(head)
    })?.head
  if (!head) return
  const isElsewhere = (await readHead(repo)) !== head
  if (isElsewhere) await setHead(repo, head)
  const defaultBranch = head.slice('refs/heads/'.length)
  if (isElsewhere || repo.defaultBranch !== defaultBranch)
    await defaults.update(repo.id, { defaultBranch }, NOBODY)
}
