/** What is looked for in pushes to a repository. Types and rows; read and written by secret-scans.ts. */
import type { RepoId } from '../../kernel/ids.ts'
import type { Repository } from '../../kernel/repository.ts'
import type { SecretScanRow } from '../schema.ts'

/** Findings that are none. At least one of `path` and `rule` is there; if both are, both must fit. */
export interface AllowEntry {
  /** Glob. @see kernel/path-globs.ts */
  readonly path?: string
  /** Id of a rule. */
  readonly rule?: string
  readonly reason: string
}

export interface ScanSettings {
  readonly enabled: boolean
  /** Name of a rule set. */
  readonly rules: string
  readonly allow: readonly AllowEntry[]
  /** How long a push with findings waits for their approval. */
  readonly approvalWaitMs: number
}

export const DEFAULT_RULES = 'default'

/** Until an owner says otherwise, gates are scanned and other repositories are not. */
export function settingsOf({ kind }: Pick<Repository, 'kind'>, row: SecretScanRow | undefined): ScanSettings {
  if (!row) return { enabled: kind === 'gate', rules: DEFAULT_RULES, allow: [], approvalWaitMs: 0 }
  return {
    enabled: row.enabled === 1,
    rules: row.rules,
    allow: JSON.parse(row.allow) as readonly AllowEntry[],
    approvalWaitMs: row.approval_wait_ms,
  }
}

export function toSettingsRow(
  repoId: RepoId,
  settings: ScanSettings,
  { by, now }: { by: string | null; now: number },
): SecretScanRow {
  return {
    repo_id: repoId,
    enabled: settings.enabled ? 1 : 0,
    rules: settings.rules,
    allow: JSON.stringify(settings.allow),
    approval_wait_ms: settings.approvalWaitMs,
    updated_by: by,
    updated_at: now,
  }
}
