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

/** Before each look: one whose connection was lost may be at its hooks still. */
const LOOKS_AFTER_MS = [0, 1_000] as const
/** For all of them. */
const LOOK_MS = 8_000

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
): Promise<readonly RefReport[]> {
  const unclear = new Set(reports.filter(({ kind }) => kind === 'unknown').map(({ ref }) => ref))
  if (unclear.size === 0) return reports
  const awaited = updates.filter(({ ref }) => unclear.has(ref))
  if (!(await haveLanded(git, remote, awaited))) throw unknown()
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
): Promise<boolean> {
  const signal = AbortSignal.timeout(LOOK_MS)
  for (const waitMs of LOOKS_AFTER_MS) {
    await delay(waitMs)
    const seen = await inTime(git.listRefs(remote, signal), signal, unknown).catch(() => null)
    if (seen !== null && updates.every((update) => hasLanded(seen.refs, update))) return true
  }
  return false
}

function hasLanded(refs: ReadonlyMap<RefName, string>, { ref, newOid }: RefUpdate): boolean {
  return isZero(newOid) ? !refs.has(ref) : refs.get(ref) === newOid
}
