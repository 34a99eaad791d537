/** Settings can only name rules that the server has. */
import { AppError } from '../../kernel/errors.ts'
import type { ScanSettings } from '../../store/scans/scan-settings.ts'

/** @throws AppError `UNPROCESSABLE` with the names of those that there are */
export function checkScan(
  ruleSets: ReadonlyMap<string, unknown>,
  { rules }: Pick<ScanSettings, 'rules'>,
): void {
  if (ruleSets.has(rules)) return
  const details = { reason: 'no such rule set', rules, known: [...ruleSets.keys()].sort() }
  throw new AppError('UNPROCESSABLE', { details })
}
