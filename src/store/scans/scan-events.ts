/** What the log says of scans and approvals: never a secret, not even redacted. */
import type { NewEvent } from '../../kernel/events.ts'
import type { RepoId } from '../../kernel/ids.ts'
import type { Actor } from '../log/events.ts'
import { repositoryEvent } from '../repository-events.ts'
import type { NamedRow } from '../repository-rows.ts'
import type { ApprovalRow } from '../schema.ts'
import type { ScanSettings } from './scan-settings.ts'

export function scanChanged(repo: NamedRow, settings: ScanSettings, by: Actor): NewEvent {
  return repositoryEvent(repo, by, 'scan.changed', settings)
}

type ApprovalEvent = 'requested' | 'decided' | 'removed'

export function approvalEvent(repo: NamedRow, row: ApprovalRow, by: Actor, type: ApprovalEvent): NewEvent {
  const { fingerprint, rule, path, state } = row
  const decision = type === 'decided' ? { state, reason: row.reason, expiresAt: iso(row.expires_at) } : {}
  const data = { fingerprint, rule, path, ...decision }
  return {
    type: `approval.${type}`,
    repoId: repo.id as RepoId,
    orgId: repo.org_id,
    projectId: repo.project_id,
    ...by,
    targetId: row.id,
    data,
  }
}

function iso(ms: number | null): string | null {
  return ms === null ? null : new Date(ms).toISOString()
}
