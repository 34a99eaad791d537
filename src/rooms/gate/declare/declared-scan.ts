/** The settings of the scan as they are declared with an upstream. */
import type { Declaration } from '../../../kernel/upstream/declaration.ts'
import type { ScanSettings } from '../../../store/scans/scan-settings.ts'

export function scanOf({ allow, ...settings }: NonNullable<Declaration['scan']>): ScanSettings {
  return {
    ...settings,
    allow: allow.map(({ path, rule, reason }) => ({
      ...(path !== undefined && { path }),
      ...(rule !== undefined && { rule }),
      reason,
    })),
  }
}
