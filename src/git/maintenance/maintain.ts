/** Looks after one repository while it is read and written. It may be killed at any point, and run again. */
import type { RepoHandle } from '../../kernel/repository.ts'
import { removeDamagedGraph } from '../commit-graph/remove-damaged-graph.ts'
import { breakAbandonedLocks } from '../refs/stale-locks.ts'
import { breakDeadLocks } from './dead-locks.ts'
import { runStep } from './caps.ts'
import { DroppedObjects } from './dropped-objects.ts'
import { lockMaintenance } from './maintenance-lock.ts'
import { BITMAP, COMMIT_GRAPH, PACK_REFS, REPACK_NEW } from './steps.ts'
import { hasPacks, sizeOnDisk } from './size-on-disk.ts'
import { DAY_MS, sweepTemporaryFiles } from './temporary-files.ts'
import { forgetDropped, repackTheWhole, type WholeRepackParts } from './whole-repack.ts'

export interface MaintainParts extends WholeRepackParts {
  /** Age at which a lock that a killed run may have left is broken. Default: half a minute. */
  readonly patienceMs?: number
}

export interface Wanted {
  /** It is cloned: list what each commit reaches. */
  readonly bitmap: boolean
  /** Drop what nobody reaches any more, and put everything into one pack. */
  readonly whole: boolean
}

const PATIENCE_MS = 30_000
/** A push that waits for somebody holds its own for an hour at most. */
const ABANDONED_LOCK_MS = 2 * 3600_000

/**
 * @returns bytes that it takes on disk afterwards
 * @throws AppError `GIT_FAILED` with a reason that names the step; `CONFLICT`: it is maintained by hand;
 *   `LAUNCHER_LOST`; the reason of the signal
 */
export async function maintain(
  parts: MaintainParts,
  repo: RepoHandle,
  wanted: Wanted,
  signal: AbortSignal,
): Promise<number> {
  const { patienceMs = PATIENCE_MS } = parts
  await using lock = await lockMaintenance(repo)
  if (lock.afterDeath) await breakDeadLocks(repo, patienceMs, signal)
  await breakAbandonedLocks(repo, [], ABANDONED_LOCK_MS) // with them refs could not be packed
  await sweepTemporaryFiles(repo, lock.afterDeath ? 0 : DAY_MS)
  await removeDamagedGraph(repo)
  await new DroppedObjects(repo).orBringBack(() => runSteps(parts, repo, wanted, signal))
  return sizeOnDisk(repo)
}

async function runSteps(
  parts: WholeRepackParts,
  repo: RepoHandle,
  wanted: Wanted,
  signal: AbortSignal,
): Promise<void> {
  const { git } = parts
  await runStep(git, repo, PACK_REFS, signal)
  await forgetDropped(parts, repo, signal)
  await runStep(git, repo, REPACK_NEW, signal)
  if (wanted.whole) await repackTheWhole(parts, repo, signal)
  else await runStep(git, repo, COMMIT_GRAPH, signal)
  if (wanted.bitmap && (await hasPacks(repo))) await runStep(git, repo, BITMAP, signal)
}
