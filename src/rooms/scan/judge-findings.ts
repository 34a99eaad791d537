/** What has been decided about findings, and what is asked for them. */
import type { QuarantinedPush } from '../../kernel/policy.ts'
import { subjectOf } from '../../kernel/principal.ts'
import type { Clock } from '../../kernel/ports.ts'
import { stateAt, type Approval, type RequestedFinding } from '../../store/scans/approval.ts'
import type { Approvals } from '../../store/scans/approvals.ts'
import type { ShownFinding } from './shown-finding.ts'

export interface JudgeParts {
  readonly approvals: Pick<Approvals, 'of' | 'request'>
  readonly clock: Clock
}

/** A finding that may not pass. */
export interface Judged {
  readonly finding: ShownFinding
  readonly state: 'requested' | 'expired' | 'denied'
  /** Why it was denied. */
  readonly reason: string | null
}

/** Of one push; for the others it is asked when these are settled. */
const MAX_REQUESTED = 100
const MAX_LOOKED_UP = 1_000

/** Those that nobody has approved, or not for now. */
export async function unapproved(
  { approvals, clock }: JudgeParts,
  { repo }: Pick<QuarantinedPush, 'repo'>,
  findings: readonly ShownFinding[],
): Promise<readonly Judged[]> {
  const fingerprints = findings.flatMap(({ fingerprint }) => fingerprint ?? [])
  const known = new Map<string, Approval>()
  for (let at = 0; at < fingerprints.length; at += MAX_LOOKED_UP)
    for (const entry of await approvals.of(repo.id, fingerprints.slice(at, at + MAX_LOOKED_UP)))
      known.set(...entry)
  const now = clock.now()
  return findings.flatMap((finding) => {
    const approval = finding.fingerprint === null ? undefined : known.get(finding.fingerprint)
    const state = approval ? stateAt(approval, now) : 'requested'
    return state === 'approved' ? [] : { finding, state, reason: approval?.reason ?? null }
  })
}

/** @throws AppError of the database: then the push is refused in any case */
export async function askForApproval(
  { approvals }: JudgeParts,
  { repo, principal, agentId }: Pick<QuarantinedPush, 'repo' | 'principal' | 'agentId'>,
  judged: readonly Judged[],
): Promise<void> {
  const open = judged.filter(({ state }) => state !== 'denied')
  const asked = open.flatMap(({ finding }) => toRequest(finding) ?? []).slice(0, MAX_REQUESTED)
  if (asked.length === 0) return
  await approvals.request(repo.id, asked, { actorId: subjectOf(principal), agentId })
}

function toRequest({ fingerprint, ...finding }: ShownFinding): RequestedFinding | null {
  return fingerprint === null ? null : { ...finding, fingerprint }
}
