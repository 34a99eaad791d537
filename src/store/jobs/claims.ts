/**
 * Who runs which job: a job is claimed with a lease, which whoever runs it extends as long as it lives.
 * When to claim, and what a job does, is the runner's business; what becomes of it stands in settle.ts.
 */
import { sql, type Kysely } from 'kysely'
import type { Clock } from '../../kernel/ports.ts'
import type { Database } from '../database.ts'
import type { Schema } from '../schema.ts'
import { toJob, type Job } from './job-rows.ts'

export interface ClaimsParts {
  readonly database: Database
  /** The same for all servers of the database; see shared-clock.ts. */
  readonly clock: Clock
  /** Names this start of the server. */
  readonly worker: string
}

/** A job and the right to run it, which ends when somebody else claims it. */
export interface Claim {
  readonly job: Job
  /** Never given twice: what a server does by a claim that it has lost changes nothing. */
  readonly token: string
}

/** A worker that has not been heard of for this long is taken for dead. */
export const LEASE_MS = 60_000

export class Claims {
  readonly #parts: ClaimsParts
  #claimed = 0

  constructor(parts: ClaimsParts) {
    this.#parts = parts
  }

  /**
   * Takes due jobs of a type whose key nobody works on: the ones of highest priority, then the most overdue.
   * Starting counts as an attempt, so that a job which kills its server is given up in the end.
   */
  async claim(type: string, limit: number): Promise<Claim[]> {
    const { database, clock, worker } = this.#parts
    const now = clock.now()
    if ((await dueJobs(database.kysely, type, now, 1)).length === 0) return []
    const token = `${worker}.${this.#claimed++}`
    const claimed = await database.transaction(async (trx) => {
      await database.takeTurn(trx, `jobs ${type}`) // two that look at once would both see a key as free
      const due = await dueJobs(trx, type, now, limit)
      if (due.length === 0) return []
      const rows = await trx
        .updateTable('jobs')
        .set((eb) => ({
          status: 'running' as const,
          worker: token,
          lease_until: now + LEASE_MS,
          attempts: eb('attempts', '+', 1),
          updated_at: now,
        }))
        .where('id', 'in', due)
        .where('status', '=', 'queued') // it may have been joined or taken out since it was seen
        .returningAll()
        .execute()
      return due.flatMap((id) => rows.find((row) => row.id === id) ?? [])
    })
    return claimed.map((row) => ({ job: toJob(row), token }))
  }

  /** The earliest time for which a job of each type is queued: one step in an index for each, however many wait. */
  async nextDue(types: readonly string[]): Promise<ReadonlyMap<string, number>> {
    const { kysely } = this.#parts.database
    const [first, ...others] = types.map((type) =>
      kysely
        .selectFrom('jobs')
        .select(({ fn }) => [sql.lit(type).as('type'), fn.min<number | null>('run_at').as('run_at')])
        .where('type', '=', type)
        .where('status', '=', sql.lit('queued')),
    )
    if (!first) return new Map()
    const rows = await others.reduce((all, one) => all.unionAll(one), first).execute()
    return new Map(rows.flatMap(({ type, run_at }) => (run_at === null ? [] : [[type, run_at] as const])))
  }

  /** @returns those that still stand; a job that is missing was taken over by another */
  async extend(claims: readonly Claim[]): Promise<ReadonlySet<Claim>> {
    const { database, clock } = this.#parts
    if (claims.length === 0) return new Set()
    const rows = await database.kysely
      .updateTable('jobs')
      .set({ lease_until: clock.now() + LEASE_MS })
      .where(
        'id',
        'in',
        claims.map(({ job }) => job.id),
      )
      .where('worker', 'in', [...new Set(claims.map(({ token }) => token))])
      .where('status', '=', 'running')
      .returning(['id', 'worker'])
      .execute()
    const standing = new Set(rows.map(({ id, worker }) => `${id} ${worker}`))
    return new Set(claims.filter(({ job, token }) => standing.has(`${job.id} ${token}`)))
  }
}

/** Ids of jobs that could start now. States are literals, so that the partial indexes apply. */
async function dueJobs(kysely: Kysely<Schema>, type: string, now: number, limit: number): Promise<string[]> {
  const rows = await kysely
    .selectFrom('jobs')
    .select('id')
    .where('type', '=', type)
    .where('status', '=', sql.lit('queued'))
    .where(sql<number>`+run_at`, '<=', now) // no range for an index: the one that is in order is wanted
    .where('key', 'not in', (eb) =>
      eb
        .selectFrom('jobs as r')
        .select('r.key')
        .where('r.type', '=', type)
        .where('r.status', '=', sql.lit('running')),
    )
    .orderBy('priority', 'desc')
    .orderBy('run_at')
    .orderBy('id')
    .limit(limit)
    .execute()
  return rows.map((row) => row.id)
}
