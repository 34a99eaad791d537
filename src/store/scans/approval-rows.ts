/** What becomes of the row of an approval when somebody asks for it, and when it is decided. Pure. */
import type { RepoId } from '../../kernel/ids.ts'
import type { Actor } from '../log/events.ts'
import type { ApprovalRow } from '../schema.ts'
import { stateAt, type Decision, type RequestedFinding } from './approval.ts'

interface Change {
  /** Of a new row. */
  readonly id: string
  readonly repoId: RepoId
  readonly before: ApprovalRow | null
  readonly by: Actor
  readonly now: number
}

/** Where it was found last is told in any case; what was decided, and has not expired, stays. */
export function requestedRow({
  id,
  repoId,
  finding,
  before,
  by,
  now,
}: Change & { finding: RequestedFinding }): ApprovalRow {
  const found = {
    id: before?.id ?? id,
    repo_id: repoId,
    fingerprint: finding.fingerprint,
    rule: finding.rule,
    path: finding.path,
    line: finding.line,
    commit_oid: finding.commit,
    redacted: finding.redacted,
    inline_allow: finding.inlineAllow ? 1 : 0,
  } as const
  if (before && stands(before, now)) return { ...before, ...found }
  return { ...found, ...UNDECIDED, requested_by: by.actorId, requested_at: now }
}

export function grantedRow({
  id,
  repoId,
  fingerprint,
  before,
  decision,
  by,
  now,
}: Change & { fingerprint: string; decision: Decision }): ApprovalRow {
  const asked = before ?? {
    ...NEVER_FOUND,
    id,
    repo_id: repoId,
    fingerprint,
    requested_by: by.actorId,
    requested_at: now,
  }
  const { state, reason, expiresAt: expires_at } = decision
  return { ...asked, state, reason, expires_at, decided_by: by.actorId, decided_at: now }
}

const UNDECIDED = {
  state: 'requested',
  reason: null,
  expires_at: null,
  decided_by: null,
  decided_at: null,
} as const

const NEVER_FOUND = {
  rule: null,
  path: null,
  line: null,
  commit_oid: null,
  redacted: null,
  inline_allow: 0,
} as const

function stands({ state, expires_at: expiresAt }: ApprovalRow, now: number): boolean {
  const current = stateAt({ state, expiresAt }, now)
  return current === 'approved' || current === 'denied'
}
