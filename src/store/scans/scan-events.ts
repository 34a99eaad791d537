/** What the log says of scans and approvals: never a secret, not even redacted. */
import type { NewEvent } from '../../kernel/events.ts'
import type { RepoId } from '../../kernel/ids.ts'
import type { Actor } from '../log/events.ts'
import type { NamedRow } from '../repository-rows.ts'
import type { ApprovalRow } from '../schema.ts'
import type { ScanSettings } from './scan-settings.ts'

export function scanChanged(repo: NamedRow, settings: ScanSettings, by: Actor): NewEvent {
  return { ...about(repo, by), type: 'scan.changed', targetId: repo.id, data: settings }
}

type ApprovalEvent = 'requested' | 'decided' | 'removed'

export function approvalEvent(repo: NamedRow, row: ApprovalRow, by: Actor, type: ApprovalEvent): NewEvent {
  const { fingerprint, rule, path, state } = row
  const decision = type === 'decided' ? { state, reason: row.reason, expiresAt: iso(row.expires_at) } : {}
  const data = { fingerprint, rule, path, ...decision }
  return { ...about(repo, by), type: `approval.${type}`, targetId: row.id, data }
}

function about(repo: NamedRow, by: Actor): Omit<NewEvent, 'type' | 'targetId' | 'data'> {
  return { repoId: repo.id as RepoId, orgId: repo.org_id, projectId: repo.project_id, ...by }
}

function iso(ms: number | null): string | null {
  return ms === null ? null : new Date(ms).toISOString()
}
