/** Puts a repository in line to be looked after: the sooner, and the further in front, the more it needs it. */
import { MAINTENANCE } from '../../kernel/background.ts'
import type { RepoId } from '../../kernel/ids.ts'
import type { Clock } from '../../kernel/ports.ts'
import type { Trx } from '../../store/database.ts'
import type { Jobs } from '../../store/jobs/jobs.ts'
import { levelOf } from './wear.ts'

export interface MaintenancePayload {
  readonly repoId: RepoId
}

export interface ScheduleParts {
  readonly jobs: Pick<Jobs, 'enqueue'>
  readonly clock: Clock
}

/** Pushes come in bursts. */
const SOON_MS = 5_000
/** Little was done to it. */
const LATER_MS = 3600_000
/** Before any that nobody has asked for. */
const ASKED_FOR = 100

/** Only when the wear has just reached a level: a push seldom touches the queue. */
export async function scheduleForWear(
  { jobs, clock }: ScheduleParts,
  trx: Trx,
  repoId: RepoId,
  { before, after }: { before: number; after: number },
): Promise<void> {
  const level = levelOf(after)
  if (level <= levelOf(before)) return
  const runAt = clock.now() + (level === 1 ? LATER_MS : SOON_MS)
  await jobs.enqueue(trx, { ...jobFor(repoId), priority: level, runAt })
}

/** @returns id of the job */
export function scheduleNow(
  { jobs }: Pick<ScheduleParts, 'jobs'>,
  trx: Trx,
  repoId: RepoId,
): Promise<string> {
  return jobs.enqueue(trx, { ...jobFor(repoId), priority: ASKED_FOR })
}

/** After those that need it more. */
export async function scheduleAtLeisure(
  { jobs }: Pick<ScheduleParts, 'jobs'>,
  trx: Trx,
  repoId: RepoId,
): Promise<void> {
  await jobs.enqueue(trx, jobFor(repoId))
}

function jobFor(repoId: RepoId) {
  const payload: MaintenancePayload = { repoId }
  return { type: MAINTENANCE, key: repoId, repoId, payload }
}
