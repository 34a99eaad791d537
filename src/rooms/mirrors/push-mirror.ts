/** One run of a mirror: reads the refs as they are now, pushes what is not there yet, and writes down how it went. */
import type { OutboundUpdate, Remote } from '../../git/outbound/push-out.ts'
import type { RefReport } from '../../git/outbound/push-report.ts'
import type { JobEnd } from '../../kernel/background.ts'
import { AppError } from '../../kernel/errors.ts'
import type { Clock } from '../../kernel/ports.ts'
import type { RepoHandle } from '../../kernel/repository.ts'
import type { Mirror, RefusedRef } from '../../store/mirrors/mirror-rows.ts'
import type { MirrorRuns, RemoteChange } from '../../store/mirrors/mirror-runs.ts'
import type { RemoteCredential } from './credential.ts'
import { batchesOf, planPush, type HereRef } from './plan-push.ts'
import { addressOf, type RemoteAddressParts } from './remote-address.ts'

export interface PushMirrorParts extends RemoteAddressParts {
  readonly runs: Pick<MirrorRuns, 'refsOf' | 'note' | 'end'>
  /** Those that may be shown to others. */
  readonly refsOf: (repo: RepoHandle) => Promise<Iterable<HereRef>>
  readonly push: (
    repo: RepoHandle,
    remote: Remote,
    updates: readonly OutboundUpdate[],
    signal: AbortSignal,
  ) => Promise<readonly RefReport[]>
  readonly clock: Clock
}

/** Refs that a remote refuses are tried again after as long as they have been refused, … */
const MIN_WAIT_MS = 10_000
const MAX_WAIT_MS = 3600_000
/** … and then only with the next push. */
const GIVE_UP_MS = 3 * 24 * 3600_000

/**
 * @returns when to try again what the remote refused of it
 * @throws AppError when nothing could be pushed, with a fixed reason; the reason of `signal`
 */
export async function pushMirror(
  parts: PushMirrorParts,
  { mirror, repo, credential }: { mirror: Mirror; repo: RepoHandle; credential: RemoteCredential },
  signal: AbortSignal,
): Promise<JobEnd | void> {
  const refusedRefs: RefusedRef[] = []
  try {
    for await (const refused of pushed(parts, mirror, repo, credential, signal)) refusedRefs.push(...refused)
  } catch (err) {
    if (!signal.aborted) await parts.runs.end(mirror, { error: reasonOf(err), refusedRefs })
    throw err
  }
  const { length: count } = refusedRefs
  const error = count === 0 ? null : `the remote did not take ${count} ${count === 1 ? 'ref' : 'refs'}`
  const failingSince = await parts.runs.end(mirror, { error, refusedRefs })
  return failingSince === null ? undefined : tryAgain(parts.clock.now(), failingSince)
}

/** Batch by batch, each written down before the next; gives what the remote refused of it. */
async function* pushed(
  parts: PushMirrorParts,
  mirror: Mirror,
  repo: RepoHandle,
  credential: RemoteCredential,
  signal: AbortSignal,
): AsyncGenerator<readonly RefusedRef[]> {
  const url = new URL(mirror.url)
  const remote = { url, address: await addressOf(parts, url), ...credential }
  const there = await parts.runs.refsOf(mirror.id)
  const { updates, forgotten } = planPush(await parts.refsOf(repo), there, mirror.refs)
  if (forgotten.length > 0)
    await parts.runs.note(
      mirror,
      forgotten.map((ref) => ({ ref, oid: null })),
    )
  for (const batch of batchesOf(updates)) {
    const reports = await parts.push(repo, remote, batch, signal)
    const isStillWanted = await parts.runs.note(mirror, changesOf(batch, reports))
    if (!isStillWanted) return
    yield reports.flatMap((report) =>
      report.kind === 'refused' ? { ref: report.ref, reason: report.reason } : [],
    )
  }
}

function changesOf(batch: readonly OutboundUpdate[], reports: readonly RefReport[]): readonly RemoteChange[] {
  return batch.filter((_, i) => reports[i]?.kind === 'moved')
}

function tryAgain(now: number, failingSince: number): JobEnd | undefined {
  const failingMs = now - failingSince
  if (failingMs > GIVE_UP_MS) return undefined
  return { again: now + Math.min(Math.max(failingMs, MIN_WAIT_MS), MAX_WAIT_MS) }
}

/** Fixed words only: anything else may hold what a library was given. */
function reasonOf(err: unknown): string {
  if (!(err instanceof AppError)) return 'an internal error; the log of the server has it'
  const { reason } = (err.details ?? {}) as { reason?: unknown }
  return typeof reason === 'string' ? reason : err.message
}
