/** The job that looks after one repository, and notes that it was done. */
import { MAINTENANCE, type JobKind } from '../../kernel/background.ts'
import type { RepoId } from '../../kernel/ids.ts'
import type { RepoHandle, Repository } from '../../kernel/repository.ts'
import type { BundleWish } from '../../git/bundles/keep-bundle.ts'
import type { Wanted } from '../../git/maintenance/maintain.ts'
import type { Database } from '../../store/database.ts'
import type { Repositories } from '../../store/repositories.ts'
import type { RepositoryUpkeep, UpkeepCounts } from '../../store/upkeep-counts.ts'
import { scheduleForWear, type MaintenancePayload, type ScheduleParts } from './schedule.ts'

export interface WantedUpkeep extends Wanted {
  readonly bundle: BundleWish
}

export interface MaintainJobParts extends ScheduleParts {
  readonly database: Database
  readonly repositories: Pick<Repositories, 'byId' | 'update'>
  readonly upkeep: Pick<RepositoryUpkeep, 'of' | 'settle'>
  /** @returns bytes on disk afterwards */
  readonly maintain: (repo: RepoHandle, wanted: WantedUpkeep, signal: AbortSignal) => Promise<number>
  /** What is kept in memory of its objects may be of some that are gone. */
  readonly forget: (id: RepoId) => void
}

/** It was cloned often enough for a list of what each commit reaches to pay. */
const CLONED_FETCHES = 5
const DAY_MS = 24 * 3600_000
const WHOLE_EVERY_MS = 7 * DAY_MS
/** So much history was dropped that a day is enough. */
const MUCH_DROPPED = 100
/** A few long ones must not keep all others waiting. */
const SLOTS = 2
const MAX_ATTEMPTS = 5
const NOBODY = { actorId: null, agentId: null }

export function maintainJob(parts: MaintainJobParts): JobKind<MaintenancePayload> {
  return {
    type: MAINTENANCE,
    slots: SLOTS,
    maxAttempts: MAX_ATTEMPTS,
    run: ({ repoId }, signal) => lookAfter(parts, repoId, signal),
  }
}

async function lookAfter(parts: MaintainJobParts, repoId: RepoId, signal: AbortSignal): Promise<void> {
  const repo = await parts.repositories.byId(repoId)
  if (repo?.state !== 'active') return // what was deleted is left as it is
  const seen = await parts.upkeep.of(repoId)
  const wanted = wantedFor(seen, repo, parts.clock.now())
  const sizeBytes = await parts.maintain(repo, wanted, signal)
  if (wanted.whole) parts.forget(repoId)
  await parts.repositories.update(repoId, { sizeBytes }, NOBODY)
  await settle(parts, repoId, seen, wanted)
}

export function wantedFor(
  { fetches, dropped, repackedAt }: UpkeepCounts,
  { createdAt }: Pick<Repository, 'createdAt'>,
  now: number,
): WantedUpkeep {
  const sinceWhole = now - (repackedAt ?? createdAt)
  return {
    bitmap: fetches >= CLONED_FETCHES,
    bundle: bundleWishOf(fetches),
    whole: sinceWhole >= WHOLE_EVERY_MS || (dropped >= MUCH_DROPPED && sinceWhole >= DAY_MS),
  }
}

/** Half of the fetches are forgotten each time: a bundle is not thrown away after one quiet hour. */
function bundleWishOf(fetches: number): BundleWish {
  if (fetches >= CLONED_FETCHES) return 'make'
  return fetches > 0 ? 'keep' : 'none'
}

/** What came while it was looked after puts it in line again. */
async function settle(
  { database, upkeep, ...schedule }: MaintainJobParts,
  repoId: RepoId,
  seen: UpkeepCounts,
  { whole }: Wanted,
): Promise<void> {
  await database.transaction(async (trx) => {
    const rest = await upkeep.settle(trx, repoId, seen, { whole })
    if (rest) await scheduleForWear(schedule, trx, repoId, { before: 0, after: rest.wear })
  })
}
