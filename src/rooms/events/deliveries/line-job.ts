/** The job that sends what waits in a line: one for each line, so that its order is kept. */
import type { RepoId } from '../../../kernel/ids.ts'
import type { Trx } from '../../../store/database.ts'
import type { Deliveries } from '../../../store/deliveries/deliveries.ts'
import type { Line } from '../../../store/deliveries/delivery.ts'
import type { Jobs, NewJob } from '../../../store/jobs/jobs.ts'

/** @param type of the job, which says what kind of receiver it is */
export function lineJob(type: string, { receiver, repoId }: Line): NewJob {
  const payload: Line = { receiver, repoId }
  return { type, key: `${receiver}:${repoId ?? '-'}`, repoId, payload }
}

/** Lets the lines of these deliveries be looked at, in the transaction that adds them. */
export async function wakeLines(
  trx: Trx,
  jobs: Pick<Jobs, 'enqueueAll'>,
  type: string,
  lines: readonly Line[],
): Promise<void> {
  const wanted = new Map(lines.map((line) => lineJob(type, line)).map((job) => [job.key, job]))
  await jobs.enqueueAll(trx, [...wanted.values()])
}

/** What waits for a receiver is sent now: what stands in its lines, or all. */
export async function bringLinesForward(
  trx: Trx,
  parts: { deliveries: Pick<Deliveries, 'bringForward'>; jobs: Pick<Jobs, 'enqueueAll'> },
  type: string,
  receiver: string,
  which: 'in line' | 'all',
): Promise<void> {
  const repoIds: readonly (RepoId | null)[] = await parts.deliveries.bringForward(trx, receiver, which)
  const lines = repoIds.map((repoId) => ({ receiver, repoId }))
  await wakeLines(trx, parts.jobs, type, lines)
}
