/** Work that is done later and more than once if need be. What a job does, and who runs it, is known elsewhere. */
import { sql, type Kysely } from 'kysely'
import { SERVER } from '../../kernel/background.ts'
import { AppError } from '../../kernel/errors.ts'
import type { RepoId } from '../../kernel/ids.ts'
import type { Clock } from '../../kernel/ports.ts'
import type { Database, Trx } from '../database.ts'
import type { Actor, EventLog } from '../log/events.ts'
import { parseCursor, toPage, writeCursor, type Page, type PageRequest } from '../page.ts'
import type { JobRow, Schema } from '../schema.ts'
import { jobEvent, putInQueue, putOneInQueue, takeFailed, toJob, type Job, type NewJob } from './job-rows.ts'

export type { Job, NewJob } from './job-rows.ts'

export interface JobFilter {
  readonly status?: JobRow['status'] | undefined
  readonly type?: string | undefined
  readonly repoId?: string | undefined
}

/** @param runAt milliseconds since 1970 */
export type OnEnqueued = (type: string, runAt: number) => void

export interface JobsParts {
  readonly database: Database
  readonly events: EventLog
  /** The same for all servers of the database; see shared-clock.ts. */
  readonly clock: Clock
  readonly newId: () => string
}

/** Of one statement. */
const ROWS_AT_ONCE = 500

export class Jobs {
  readonly #parts: JobsParts
  readonly #listeners = new Set<OnEnqueued>()

  constructor(parts: JobsParts) {
    this.#parts = parts
  }

  /**
   * In the transaction of what makes it necessary: there is a job exactly if that happened. One that is
   * queued already under this type and key does for both, with the newer payload; it runs no later than
   * either was to, except that what has failed keeps waiting for its next attempt.
   *
   * @returns its id. One that fails while another is queued about the same is joined with that, and has its id.
   */
  async enqueue(trx: Trx, wanted: NewJob): Promise<string> {
    const [id] = await this.enqueueAll(trx, [wanted])
    return id!
  }

  /**
   * As `enqueue`, for many at once, each with a type and key of its own.
   *
   * @returns ids, in any order
   */
  async enqueueAll(trx: Trx, wanted: readonly NewJob[]): Promise<readonly string[]> {
    const ids: string[] = []
    for (let at = 0; at < wanted.length; at += ROWS_AT_ONCE) {
      const rows = wanted.slice(at, at + ROWS_AT_ONCE).map((each) => this.#row(each))
      const queued = await putInQueue(trx, rows, 'asked')
      this.#parts.database.afterCommit(trx, () => {
        for (const { type, run_at } of queued) this.#tell(type, run_at)
      })
      ids.push(...queued.map(({ id }) => id))
    }
    return ids
  }

  /** Puts in one that recurs, now, unless it is queued already: that one keeps its time and what it is about. */
  async begin(type: string): Promise<void> {
    const now = this.#parts.clock.now()
    await this.#parts.database.kysely
      .insertInto('jobs')
      .values(this.#row({ type, key: SERVER, repoId: null, payload: {} }))
      .onConflict((conflict) => conflict.columns(['type', 'key', 'status']).doNothing())
      .execute()
    this.#tell(type, now)
  }

  /** Calls `listener` about every job that this process has put in, or back by hand. Dispose to stop. */
  onEnqueued(listener: OnEnqueued): Disposable {
    this.#listeners.add(listener)
    return { [Symbol.dispose]: () => void this.#listeners.delete(listener) }
  }

  /** In any state; `null` when there is none, or it was joined with a newer one. */
  async byId(id: string): Promise<Job | null> {
    const row = await this.#parts.database.kysely
      .selectFrom('jobs')
      .selectAll()
      .where('id', '=', id)
      .executeTakeFirst()
    return row ? toJob(row) : null
  }

  /** Newest first. @throws AppError `VALIDATION_ERROR` for a cursor that is none */
  async list({ status, type, repoId }: JobFilter, page: PageRequest): Promise<Page<Job>> {
    let query = this.#parts.database.kysely
      .selectFrom('jobs')
      .selectAll()
      .orderBy('created_at', 'desc')
      .orderBy('id', 'desc')
      .limit(page.limit + 1)
    if (status !== undefined) query = query.where('status', '=', sql.lit(status))
    if (type !== undefined) query = query.where('type', '=', type)
    if (repoId !== undefined) query = query.where('repo_id', '=', repoId)
    if (page.cursor !== undefined) {
      const { createdAt, id } = parseCursor(page.cursor)
      query = query.where((eb) => eb(eb.refTuple('created_at', 'id'), '<', eb.tuple(createdAt, id)))
    } else if (page.offset !== undefined) query = query.offset(page.offset)
    return toPage(await query.execute(), page.limit, {
      item: toJob,
      cursor: (row) => writeCursor({ createdAt: row.created_at, id: row.id }),
    })
  }

  /**
   * Lets a failed job run again, as if it had never been tried, or joins it with the queued one about the same.
   *
   * @returns the one that is queued now
   * @throws AppError `NOT_FOUND`; `CONFLICT` unless it has failed
   */
  async retry(id: string, by: Actor): Promise<Job> {
    const { database, events, clock } = this.#parts
    return database.transaction(async (trx) => {
      const now = clock.now()
      const failed = await takeFailed(trx, id)
      if (!failed) throw await notFailed(trx, id)
      const row: JobRow = { ...failed, status: 'queued', attempts: 0, run_at: now, updated_at: now }
      const queued = await putOneInQueue(trx, row, 'tried')
      await events.append(trx, [jobEvent(row, 'admin.job_retried', by, {})])
      database.afterCommit(trx, () => this.#tell(row.type, queued.run_at))
      return toJob({ ...row, id: queued.id })
    })
  }

  /** Forgets those that were done before a time; what failed stays until somebody has looked at it. */
  async forgetDone(before: number): Promise<void> {
    await this.#parts.database.kysely
      .deleteFrom('jobs')
      .where('status', '=', sql.lit('done'))
      .where('updated_at', '<', before)
      .execute()
  }

  /** How many there are, by type and status. */
  async counts(): Promise<readonly (Pick<JobRow, 'type' | 'status'> & { readonly count: number })[]> {
    return this.#parts.database.kysely
      .selectFrom('jobs')
      .select(({ fn }) => ['type', 'status', fn.countAll<number>().as('count')])
      .groupBy(['type', 'status'])
      .execute()
  }

  /** Types of those that recur whose latest rounds have failed, so many at least. */
  async failing(types: readonly string[], rounds: number): Promise<readonly string[]> {
    if (types.length === 0) return []
    const rows = await this.#parts.database.kysely
      .selectFrom('jobs')
      .select('type')
      .where('type', 'in', types)
      .where('key', '=', SERVER)
      .where('status', '=', sql.lit('queued'))
      .where('attempts', '>=', rounds)
      .execute()
    return rows.map(({ type }) => type)
  }

  /** When a job of this type was last done for the repository; `null`: never. */
  async lastDone(type: string, repoId: RepoId): Promise<number | null> {
    const row = await this.#parts.database.kysely
      .selectFrom('jobs')
      .select('updated_at')
      .where('type', '=', type)
      .where('key', '=', repoId)
      .where('status', '=', sql.lit('done'))
      .executeTakeFirst()
    return row?.updated_at ?? null
  }

  #row({ type, key, repoId, payload, runAt, priority = 0 }: NewJob): JobRow {
    const now = this.#parts.clock.now()
    return {
      id: this.#parts.newId(),
      type,
      key,
      repo_id: repoId,
      status: 'queued',
      attempts: 0,
      payload: JSON.stringify(payload),
      last_error: null,
      run_at: runAt ?? now,
      priority,
      worker: null,
      lease_until: null,
      created_at: now,
      updated_at: now,
    }
  }

  #tell(type: string, runAt: number): void {
    for (const listener of this.#listeners) listener(type, runAt)
  }
}

async function notFailed(kysely: Kysely<Schema>, id: string): Promise<AppError> {
  const row = await kysely.selectFrom('jobs').select('status').where('id', '=', id).executeTakeFirst()
  if (!row) return new AppError('NOT_FOUND', { details: { reason: 'no such job' } })
  const reason = 'only a job that has failed can be tried again'
  return new AppError('CONFLICT', { details: { reason, status: row.status } })
}
