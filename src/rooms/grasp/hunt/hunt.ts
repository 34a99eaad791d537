/** Puts the hunt for missing git data into the queue. What a hunt does stands in hunt-job.ts. */
import { createHash } from 'node:crypto'
import type { Clock } from '../../../kernel/ports.ts'
import type { Database } from '../../../store/database.ts'
import type { Jobs, NewJob } from '../../../store/jobs/jobs.ts'

/** Type of the jobs; of one identifier there is one, whoever announces it. */
export const GRASP_SYNC = 'grasp_sync'

/** An empty one is the round that sees to it that nothing is forgotten. */
export interface HuntPayload {
  readonly identifier?: string
}

/**
 * Looks for the git data of an identifier elsewhere, later. One that is queued already does for both, at the earlier
 * time.
 *
 * @param when.afterMs gives whoever has sent an event the time to push himself
 */
export type Hunt = (identifier: string, when: { readonly afterMs: number }) => Promise<void>

export interface HuntParts {
  readonly database: Pick<Database, 'transaction'>
  readonly jobs: Pick<Jobs, 'enqueue'>
  /** The same for all servers of the database. */
  readonly clock: Clock
}

export function hunting({ database, jobs, clock }: HuntParts): Hunt {
  return async (identifier, { afterMs }) => {
    const job = huntJobOf(identifier, clock.now() + afterMs)
    await database.transaction((trx) => jobs.enqueue(trx, job))
  }
}

/** @param runAt milliseconds since 1970 */
export function huntJobOf(identifier: string, runAt: number): NewJob {
  const key = createHash('sha256').update(identifier).digest('hex')
  return { type: GRASP_SYNC, key, repoId: null, payload: { identifier } satisfies HuntPayload, runAt }
}
