/** The commit that a body names: what is unknown there is the body's fault, and no missing page. */
import type { Revisions } from '../../../git/revisions.ts'
import { AppError } from '../../../kernel/errors.ts'
import type { Oid } from '../../../kernel/ids.ts'
import type { RepoHandle } from '../../../kernel/repository.ts'

/**
 * @param field of the body that holds it
 * @throws AppError `UNPROCESSABLE`: no such revision; `VALIDATION_ERROR`: it can be none
 */
export async function existingCommit(
  revisions: Pick<Revisions, 'commit'>,
  repo: RepoHandle,
  revision: string,
  field: string,
): Promise<Oid> {
  try {
    return await revisions.commit(repo, revision)
  } catch (err) {
    if (!(err instanceof AppError)) throw err
    if (err.code === 'NOT_FOUND') {
      const details = { reason: 'no such revision', [field]: revision }
      throw new AppError('UNPROCESSABLE', { details, cause: err })
    }
    throw err
  }
}
