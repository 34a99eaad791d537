/** What the operator reads when a backup or a restore could not be written. */
import { AppError } from '../../kernel/errors.ts'
import { isDatabaseFull } from '../../store/engine-errors.ts'

const REASONS: Readonly<Record<string, string>> = {
  ENOSPC: 'there is no space left where it is written',
  EDQUOT: 'the quota is used up where it is written',
  EROFS: 'the file system is read-only where it is written',
  EACCES: 'a file or directory may not be read or written by this user',
  EPERM: 'a file or directory may not be read or written by this user',
  EIO: 'the disk has failed',
  EMFILE: 'too many files are open; try again with a higher limit',
}

/** Faults of the disk become AppError `BACKUP_FAILED`; others pass unchanged. */
export function explainFailure(err: unknown): unknown {
  if (err instanceof AppError) return err
  const code = (err as NodeJS.ErrnoException | null)?.code ?? ''
  const reason = REASONS[code] ?? (isDatabaseFull(err) ? REASONS['ENOSPC'] : undefined)
  if (reason === undefined) return err
  return new AppError('BACKUP_FAILED', {
    details: { reason, hint: 'nothing of it is used; mend that and try again' },
    cause: err,
  })
}
