/**
 * Only an empty repository becomes a gate: the first refresh would remove refs that the upstream does not have,
 * and objects that are there already would pass on unscanned, also those that no ref leads to any more.
 */
import { AppError } from '../../../kernel/errors.ts'
import type { Repository } from '../../../kernel/repository.ts'

export interface CheckIsEmptyParts {
  /** Has it objects, whether or not a ref leads there? */
  readonly holdsObjects: (repo: Repository) => Promise<boolean>
}

/** @throws AppError `CONFLICT` */
export async function checkIsEmpty({ holdsObjects }: CheckIsEmptyParts, repo: Repository): Promise<void> {
  if (repo.kind === 'gate' || !(await holdsObjects(repo))) return
  const what = 'branches or tags of its own, or has held some, which no upstream knows'
  const reason = `the repository holds ${what}: use a new, empty one`
  throw new AppError('CONFLICT', { details: { reason } })
}
