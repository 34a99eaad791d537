/** A finding that somebody asked to let pass, and what was decided. Types and rows; see approvals.ts. */
import type { Oid, RepoId } from '../../kernel/ids.ts'
import type { ApprovalRow } from '../schema.ts'

export interface Approval {
  readonly id: string
  readonly repoId: RepoId
  /** Keyed hash of rule, path and secret. */
  readonly fingerprint: string
  /** `null`, as the next four: approved before it was ever pushed. */
  readonly rule: string | null
  readonly path: string | null
  /** From 1; `null` also where lines mean nothing. */
  readonly line: number | null
  readonly commit: Oid | null
  readonly redacted: string | null
  /** A comment beside it asked for it. */
  readonly inlineAllow: boolean
  readonly state: 'requested' | 'approved' | 'denied'
  readonly reason: string | null
  /** Milliseconds since 1970, as all times; when the decision ends. */
  readonly expiresAt: number | null
  readonly requestedBy: string | null
  readonly requestedAt: number
  readonly decidedBy: string | null
  readonly decidedAt: number | null
}

/** A finding for which approval is asked. */
export interface RequestedFinding {
  readonly fingerprint: string
  readonly rule: string
  readonly path: string
  readonly line: number | null
  readonly commit: Oid | null
  readonly redacted: string
  readonly inlineAllow: boolean
}

export interface Decision {
  readonly state: 'approved' | 'denied'
  readonly reason: string
  readonly expiresAt: number
}

/** What counts at a time: a decision that has expired counts as none. */
export function stateAt(
  { state, expiresAt }: Pick<Approval, 'state' | 'expiresAt'>,
  now: number,
): Approval['state'] | 'expired' {
  return state !== 'requested' && expiresAt !== null && expiresAt <= now ? 'expired' : state
}

export function toApproval(row: ApprovalRow): Approval {
  return {
    id: row.id,
    repoId: row.repo_id as RepoId,
    fingerprint: row.fingerprint,
    rule: row.rule,
    path: row.path,
    line: row.line,
    commit: row.commit_oid as Oid | null,
    redacted: row.redacted,
    inlineAllow: row.inline_allow === 1,
    state: row.state,
    reason: row.reason,
    expiresAt: row.expires_at,
    requestedBy: row.requested_by,
    requestedAt: row.requested_at,
    decidedBy: row.decided_by,
    decidedAt: row.decided_at,
  }
}
