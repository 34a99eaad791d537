/** Only an empty repository becomes a gate: the first refresh would remove what the upstream does not have. */
import { AppError } from '../../../kernel/errors.ts'
import type { Repository } from '../../../kernel/repository.ts'

export interface CheckIsEmptyParts {
  /** Has it branches or tags? */
  readonly holdsRefs: (repo: Repository) => Promise<boolean>
}

/** @throws AppError `CONFLICT` */
export async function checkIsEmpty({ holdsRefs }: CheckIsEmptyParts, repo: Repository): Promise<void> {
  if (repo.kind === 'gate' || !(await holdsRefs(repo))) return
  const reason = 'the repository holds branches or tags of its own, which a gate would lose: use an empty one'
  throw new AppError('CONFLICT', { details: { reason } })
}
