/** Rows of jobs, and the moves that they make: out of a state, into the queue, to an end. Says nothing of why. */
import { sql } from 'kysely'
import type { NewEvent } from '../../kernel/events.ts'
import type { RepoId } from '../../kernel/ids.ts'
import type { Trx } from '../database.ts'
import type { Actor } from '../log/events.ts'
import type { JobRow } from '../schema.ts'

export interface NewJob {
  readonly type: string
  /** What it is about: a repository, a mirror, a line of deliveries. Only one of a type and key runs at a time. */
  readonly key: string
  readonly repoId: RepoId | null
  /** Shown to administrators: no secrets. */
  readonly payload: unknown
  /** Milliseconds since 1970; default: now. */
  readonly runAt?: number
  /** Higher runs first, among those of its type. Default 0. */
  readonly priority?: number
}

export interface Job extends Required<NewJob> {
  readonly id: string
  readonly status: JobRow['status']
  readonly attempts: number
  readonly lastError: string | null
  /** Of one that runs: when another server may take it over, unless its own extends this. */
  readonly leaseUntil: number | null
  readonly createdAt: number
  readonly updatedAt: number
}

/**
 * Why a row comes into the queue: somebody asks for it; it has run and wants to again; an attempt did not do it.
 * It says what becomes of it where one is queued already under its type and key: that one stays, for both.
 */
export type Comes = 'asked' | 'again' | 'tried'

/**
 * Puts rows into the queue, each of its own type and key, or joins them with those that are there. The newer
 * payload counts, and the higher priority. What waits after an attempt that failed is not hurried by being
 * asked for once more.
 *
 * @returns id, type and time of those that are queued now, in any order
 */
export async function putInQueue(
  trx: Trx,
  rows: readonly JobRow[],
  comes: Comes,
): Promise<Pick<JobRow, 'id' | 'type' | 'run_at'>[]> {
  if (rows.length === 0) return []
  return await trx
    .insertInto('jobs')
    .values(rows.map((row) => ({ ...row, status: 'queued' as const, worker: null, lease_until: null })))
    .onConflict((conflict) =>
      conflict.columns(['type', 'key', 'status']).doUpdateSet((eb) => ({
        updated_at: eb.ref('excluded.updated_at'),
        priority: eb
          .case()
          .when('jobs.priority', '<', eb.ref('excluded.priority'))
          .then(eb.ref('excluded.priority'))
          .else(eb.ref('jobs.priority'))
          .end(),
        ...(comes === 'asked'
          ? { payload: eb.ref('excluded.payload') }
          : { attempts: eb.ref('excluded.attempts'), last_error: eb.ref('excluded.last_error') }),
        run_at:
          comes === 'tried'
            ? eb.ref('excluded.run_at')
            : eb
                .case()
                .when(
                  eb.and([eb('jobs.attempts', '=', 0), eb('jobs.run_at', '>', eb.ref('excluded.run_at'))]),
                )
                .then(eb.ref('excluded.run_at'))
                .else(eb.ref('jobs.run_at'))
                .end(),
      })),
    )
    .returning(['id', 'type', 'run_at'])
    .execute()
}

/** As `putInQueue`, for one. */
export async function putOneInQueue(
  trx: Trx,
  row: JobRow,
  comes: Comes,
): Promise<Pick<JobRow, 'id' | 'run_at'>> {
  const [queued] = await putInQueue(trx, [row], comes)
  return queued!
}

/**
 * Of what has come to an end only the newest of a type and key is kept: their number does not grow with time.
 * What is done is no longer failed either.
 */
export async function putAtEnd(trx: Trx, status: 'done' | 'failed', rows: readonly JobRow[]): Promise<void> {
  for (const type of new Set(rows.map((row) => row.type))) {
    const keys = rows.filter((row) => row.type === type).map(({ key }) => key)
    await trx
      .deleteFrom('jobs')
      .where('type', '=', type)
      .where('key', 'in', keys)
      .where('status', 'in', status === 'done' ? ['done', 'failed'] : ['failed'])
      .execute()
  }
  const ended = { status, worker: null, lease_until: null }
  if (rows.length > 0)
    await trx
      .insertInto('jobs')
      .values(rows.map((row) => ({ ...row, ...ended })))
      .execute()
}

/** Takes out what runs by these claims, as far as they stand. */
export function takeRunning(
  trx: Trx,
  claims: readonly { readonly id: string; readonly token: string }[],
): Promise<JobRow[]> {
  return trx
    .deleteFrom('jobs')
    .where((eb) => eb.or(claims.map(({ id, token }) => eb.and({ id, worker: token }))))
    .where('status', '=', sql.lit('running'))
    .returningAll()
    .execute()
}

/** Takes one out that runs, unless something was heard of its worker since it was seen. */
export function takeLost(trx: Trx, seen: JobRow): Promise<JobRow | undefined> {
  return trx
    .deleteFrom('jobs')
    .where('id', '=', seen.id)
    .where('status', '=', sql.lit('running'))
    .where('lease_until', 'is not distinct from', seen.lease_until)
    .returningAll()
    .executeTakeFirst()
}

/** Takes a failed one out, to be put elsewhere. */
export function takeFailed(trx: Trx, id: string): Promise<JobRow | undefined> {
  return trx
    .deleteFrom('jobs')
    .where('id', '=', id)
    .where('status', '=', sql.lit('failed'))
    .returningAll()
    .executeTakeFirst()
}

/** What the log says of a job. */
export function jobEvent(row: JobRow, type: string, by: Actor, data: Record<string, unknown>): NewEvent {
  return {
    type,
    repoId: row.repo_id as RepoId | null,
    orgId: null,
    projectId: null,
    ...by,
    targetId: row.id,
    data: { jobType: row.type, ...data },
  }
}

export function toJob(row: JobRow): Job {
  return {
    id: row.id,
    type: row.type,
    key: row.key,
    priority: row.priority,
    repoId: row.repo_id as RepoId | null,
    status: row.status,
    attempts: row.attempts,
    payload: JSON.parse(row.payload),
    lastError: row.last_error,
    runAt: row.run_at,
    leaseUntil: row.lease_until,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  }
}
