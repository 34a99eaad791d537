/** What came of updates about which the upstream fell silent: its refs tell, or nobody does. */
import { setTimeout as delay } from 'node:timers/promises'
import type { UpstreamRefs } from '../../../git/outbound/upstream-git.ts'
import type { RefReport } from '../../../git/outbound/push-report.ts'
import type { UpstreamRemote } from '../../../git/outbound/upstream-remote.ts'
import { AppError } from '../../../kernel/errors.ts'
import { isZero, type RefName } from '../../../kernel/ids.ts'
import type { RefUpdate } from '../../../kernel/ref-update.ts'
import { inTime } from './in-time.ts'

export interface UpstreamLook {
  /** @throws AppError `UPSTREAM_UNAVAILABLE`; the reason of `signal` */
  listRefs(remote: UpstreamRemote, signal?: AbortSignal): Promise<UpstreamRefs>
}

export interface Patience {
  /** Before each look: one whose connection was lost may be at its hooks still. */
  readonly looksAfterMs: readonly number[]
  /** For all of them. */
  readonly lookMs: number
}

/** With the time to end what was begun, it is less than the door has left: see compose/door.ts. */
const PATIENCE: Patience = { looksAfterMs: [0, 1_000], lookMs: 5_000 }

/**
 * A ref that is where it was before may move yet, when the upstream comes to it: only what has landed is known.
 *
 * @returns the reports, none of them `unknown`
 * @throws AppError `OUTCOME_UNKNOWN`
 */
export async function settleUnclear(
  git: UpstreamLook,
  remote: UpstreamRemote,
  updates: readonly RefUpdate[],
  reports: readonly RefReport[],
  patience = PATIENCE,
): Promise<readonly RefReport[]> {
  const unclear = new Set(reports.filter(({ kind }) => kind === 'unknown').map(({ ref }) => ref))
  if (unclear.size === 0) return reports
  const awaited = updates.filter(({ ref }) => unclear.has(ref))
  if (!(await haveLanded(git, remote, awaited, patience))) throw unknown()
  return reports.map((report) => (unclear.has(report.ref) ? { ref: report.ref, kind: 'moved' } : report))
}

/** Somebody else may have taken what is not to be had here. */
export function unknown(): AppError {
  const reason = 'the upstream may have taken it, but has not said so: fetch and look before you push again'
  return new AppError('OUTCOME_UNKNOWN', { details: { reason } })
}

async function haveLanded(
  git: UpstreamLook,
  remote: UpstreamRemote,
  updates: readonly RefUpdate[],
  { looksAfterMs, lookMs }: Patience,
): Promise<boolean> {
  const signal = AbortSignal.timeout(lookMs)
  for (const waitMs of looksAfterMs) {
    await delay(waitMs)
    const seen = await inTime(git.listRefs(remote, signal), signal, unknown).catch(() => null)
    if (seen !== null && updates.every((update) => hasLanded(seen.refs, update))) return true
  }
  return false
}

function hasLanded(refs: ReadonlyMap<RefName, string>, { ref, newOid }: RefUpdate): boolean {
  return isZero(newOid) ? !refs.has(ref) : refs.get(ref) === newOid
}
