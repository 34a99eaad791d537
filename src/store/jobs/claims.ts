/**
 * Who runs which job: a job is claimed with a lease, which whoever runs it extends as long as it lives.
 * When to claim, and what a job does, is the runner's business.
 */
import { sql, type Kysely } from 'kysely'
import type { NewEvent } from '../../kernel/events.ts'
import type { RepoId } from '../../kernel/ids.ts'
import type { Clock } from '../../kernel/ports.ts'
import type { Database, Trx } from '../database.ts'
import type { EventLog } from '../log/events.ts'
import type { JobRow, Schema } from '../schema.ts'
import { removeQueued, toJob, type Job } from './jobs.ts'

export interface ClaimsParts {
  readonly database: Database
  readonly events: EventLog
  readonly clock: Clock
  /** Names this start of the server. */
  readonly worker: string
}

/** How a run of a job has ended. */
export type Outcome =
  | { readonly kind: 'done' }
  /** As if it were new. */
  | { readonly kind: 'again'; readonly runAt: number }
  /** `runAt` null: for good. `error`: shown to administrators. */
  | { readonly kind: 'failed'; readonly error: string; readonly runAt: number | null }
  /** The server stops: it was no attempt. */
  | { readonly kind: 'handed-back' }

/** A worker that has not been heard of for this long is taken for dead. */
export const LEASE_MS = 60_000
const MAX_ERROR_CHARS = 2_000
const DIED = 'the server died while it ran'

export class Claims {
  readonly #parts: ClaimsParts

  constructor(parts: ClaimsParts) {
    this.#parts = parts
  }

  /**
   * Takes due jobs of a type whose key nobody works on: the ones of highest priority, then the most overdue.
   * Starting counts as an attempt, so that a job which kills its server is given up in the end.
   */
  async claim(type: string, limit: number): Promise<Job[]> {
    const { database, clock, worker } = this.#parts
    const now = clock.now()
    if ((await dueJobs(database.kysely, type, now, 1)).length === 0) return []
    return database.transaction(async (trx) => {
      await database.takeTurn(trx, `jobs ${type}`)
      const due = await dueJobs(trx, type, now, limit)
      if (due.length === 0) return []
      const rows = await trx
        .updateTable('jobs')
        .set((eb) => ({
          status: 'running' as const,
          worker,
          lease_until: now + LEASE_MS,
          attempts: eb('attempts', '+', 1),
          updated_at: now,
        }))
        .where('id', 'in', due)
        .returningAll()
        .execute()
      const order = new Map(due.map((id, i) => [id, i]))
      return rows.sort((a, b) => order.get(a.id)! - order.get(b.id)!).map(toJob)
    })
  }

  /** When the next job of a type is due; `null` when none is queued that could start. */
  async nextDue(type: string): Promise<number | null> {
    const row = await this.#parts.database.kysely
      .selectFrom('jobs')
      .select(({ fn }) => fn.min<number | null>('run_at').as('run_at'))
      .where('type', '=', type)
      .where('status', '=', sql.lit('queued'))
      .where('key', 'not in', (eb) =>
        eb
          .selectFrom('jobs as r')
          .select('r.key')
          .where('r.type', '=', type)
          .where('r.status', '=', sql.lit('running')),
      )
      .executeTakeFirst()
    return row?.run_at ?? null
  }

  /** @returns those that are still this worker's; what is missing was taken over by another */
  async extend(ids: readonly string[]): Promise<ReadonlySet<string>> {
    const { database, clock, worker } = this.#parts
    if (ids.length === 0) return new Set()
    const rows = await database.kysely
      .updateTable('jobs')
      .set({ lease_until: clock.now() + LEASE_MS })
      .where('id', 'in', ids)
      .where('worker', '=', worker)
      .where('status', '=', 'running')
      .returning('id')
      .execute()
    return new Set(rows.map((row) => row.id))
  }

  /** Says what came of a job. Does nothing when it is no longer this worker's. */
  async settle({ id }: Job, outcome: Outcome): Promise<void> {
    const { database, events } = this.#parts
    await database.transaction(async (trx) => {
      const row = await this.#mine(trx, id)
      if (!row) return
      if (outcome.kind === 'done') await this.#markDone(trx, row)
      else if (outcome.kind === 'failed' && outcome.runAt === null) {
        await this.#markFailed(trx, row, outcome.error)
        await events.append(trx, [failedEvent(row, outcome.error)])
      } else await this.#putBack(trx, row, outcome)
    })
  }

  /**
   * Puts back what dead workers were at.
   *
   * @param whose `others`: nobody else shares the database, so whoever is not this worker is dead;
   *   `overdue`: whose lease has ended
   */
  async recover(whose: 'others' | 'overdue', maxAttempts: (type: string) => number): Promise<void> {
    const { database, events, clock, worker } = this.#parts
    await database.transaction(async (trx) => {
      let lost = trx.selectFrom('jobs').selectAll().where('status', '=', sql.lit('running'))
      if (whose === 'others') lost = lost.where('worker', '<>', worker)
      else lost = lost.where('lease_until', '<', clock.now())
      const failed: NewEvent[] = []
      for (const row of await lost.execute()) {
        if (row.attempts < maxAttempts(row.type))
          await this.#putBack(trx, row, { kind: 'failed', error: DIED, runAt: clock.now() })
        else {
          await this.#markFailed(trx, row, DIED)
          failed.push(failedEvent(row, DIED))
        }
      }
      await events.append(trx, failed)
    })
  }

  #mine(trx: Trx, id: string): Promise<JobRow | undefined> {
    return trx
      .selectFrom('jobs')
      .selectAll()
      .where('id', '=', id)
      .where('worker', '=', this.#parts.worker)
      .where('status', '=', 'running')
      .executeTakeFirst()
  }

  /** The newest of a type and key is kept, so that their number does not grow with time. */
  async #markDone(trx: Trx, row: JobRow): Promise<void> {
    await trx
      .deleteFrom('jobs')
      .where('type', '=', row.type)
      .where('key', '=', row.key)
      .where('status', '=', sql.lit('done'))
      .execute()
    await this.#leave(trx, row, { status: 'done', last_error: null })
  }

  async #markFailed(trx: Trx, row: JobRow, error: string): Promise<void> {
    await this.#leave(trx, row, { status: 'failed', last_error: error.slice(0, MAX_ERROR_CHARS) })
  }

  /** What was asked for meanwhile about the same thing becomes part of it. */
  async #putBack(trx: Trx, row: JobRow, outcome: Exclude<Outcome, { kind: 'done' }>): Promise<void> {
    const newer = await trx
      .selectFrom('jobs')
      .select(['payload', 'run_at'])
      .where('type', '=', row.type)
      .where('key', '=', row.key)
      .where('status', '=', sql.lit('queued'))
      .executeTakeFirst()
    if (newer) await removeQueued(trx, row)
    const payload = newer?.payload ?? row.payload
    const change = this.#after(row, outcome, newer?.run_at ?? Infinity)
    await this.#leave(trx, row, { status: 'queued', payload, ...change })
  }

  #after(row: JobRow, outcome: Exclude<Outcome, { kind: 'done' }>, newerRunAt: number): Partial<JobRow> {
    const now = this.#parts.clock.now()
    switch (outcome.kind) {
      case 'again':
        return { attempts: 0, last_error: null, run_at: Math.min(outcome.runAt, newerRunAt) }
      case 'failed':
        return { last_error: outcome.error.slice(0, MAX_ERROR_CHARS), run_at: outcome.runAt ?? now }
      case 'handed-back':
        return { attempts: row.attempts - 1, run_at: now }
    }
  }

  async #leave(trx: Trx, { id }: JobRow, change: Partial<JobRow>): Promise<void> {
    const ended = { worker: null, lease_until: null, updated_at: this.#parts.clock.now() }
    await trx
      .updateTable('jobs')
      .set({ ...ended, ...change })
      .where('id', '=', id)
      .execute()
  }
}

/** Ids of jobs that could start now. */
async function dueJobs(kysely: Kysely<Schema>, type: string, now: number, limit: number): Promise<string[]> {
  const rows = await kysely
    .selectFrom('jobs')
    .select('id')
    .where('type', '=', type)
    .where('status', '=', sql.lit('queued'))
    .where('run_at', '<=', now)
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

function failedEvent(row: JobRow, error: string): NewEvent {
  return {
    type: 'job.failed',
    repoId: row.repo_id as RepoId | null,
    orgId: null,
    projectId: null,
    actorId: null,
    agentId: null,
    targetId: row.id,
    data: { jobType: row.type, attempts: row.attempts, error: error.slice(0, MAX_ERROR_CHARS) },
  }
}
