/** Why nothing can be restored from a backup. */
import { AppError } from '../../kernel/errors.ts'

/** @param more names what is damaged */
export function unusable(reason: string, more: Readonly<Record<string, string>> = {}): AppError {
  return new AppError('BACKUP_UNUSABLE', { details: { reason, ...more } })
}
