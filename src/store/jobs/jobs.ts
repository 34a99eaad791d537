/** Work that is done later and more than once if need be. What a job does, and who runs it, is known elsewhere. */
import { sql, type Kysely } from 'kysely'
import { AppError } from '../../kernel/errors.ts'
import type { NewEvent } from '../../kernel/events.ts'
import type { RepoId } from '../../kernel/ids.ts'
import type { Clock } from '../../kernel/ports.ts'
import type { Database, Trx } from '../database.ts'
import type { Actor, EventLog } from '../log/events.ts'
import { parseCursor, toPage, writeCursor, type Page, type PageRequest } from '../page.ts'
import type { JobRow, Schema } from '../schema.ts'

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
  readonly createdAt: number
  readonly updatedAt: number
}

export interface JobFilter {
  readonly status?: JobRow['status'] | undefined
  readonly type?: string | undefined
}

export type OnEnqueued = (type: string) => void

export class Jobs {
  readonly #database: Database
  readonly #events: EventLog
  readonly #clock: Clock
  readonly #newId: () => string
  readonly #listeners = new Set<OnEnqueued>()

  constructor(parts: { database: Database; events: EventLog; clock: Clock; newId: () => string }) {
    this.#database = parts.database
    this.#events = parts.events
    this.#clock = parts.clock
    this.#newId = parts.newId
  }

  /**
   * In the transaction of what makes it necessary: there is a job exactly if that happened. One that is
   * queued already under this type and key does for both, with the newer payload; it runs no later than
   * either was to, except that what has failed keeps waiting for its next attempt.
   *
   * @returns its id
   */
  async enqueue(trx: Trx, { type, key, repoId, payload, runAt, priority = 0 }: NewJob): Promise<string> {
    const now = this.#clock.now()
    const row: JobRow = {
      id: this.#newId(),
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
    const { id } = await trx
      .insertInto('jobs')
      .values(row)
      .onConflict((conflict) =>
        conflict
          .columns(['type', 'key'])
          .where('status', '=', sql.lit('queued'))
          .doUpdateSet((eb) => ({
            payload: row.payload,
            updated_at: now,
            priority: eb
              .case()
              .when('jobs.priority', '<', priority)
              .then(priority)
              .else(eb.ref('jobs.priority'))
              .end(),
            run_at: eb
              .case()
              .when(eb.and([eb('jobs.attempts', '=', 0), eb('jobs.run_at', '>', row.run_at)]))
              .then(row.run_at)
              .else(eb.ref('jobs.run_at'))
              .end(),
          })),
      )
      .returning('id')
      .executeTakeFirstOrThrow()
    this.#database.afterCommit(trx, () => this.#tell(type))
    return id
  }

  /** Calls `listener` with the type of every job that this process has put in, or back. Dispose to stop. */
  onEnqueued(listener: OnEnqueued): Disposable {
    this.#listeners.add(listener)
    return { [Symbol.dispose]: () => void this.#listeners.delete(listener) }
  }

  async byId(id: string): Promise<Job | null> {
    const row = await this.#database.kysely
      .selectFrom('jobs')
      .selectAll()
      .where('id', '=', id)
      .executeTakeFirst()
    return row ? toJob(row) : null
  }

  /** Newest first. @throws AppError `VALIDATION_ERROR` for a cursor that is none */
  async list({ status, type }: JobFilter, page: PageRequest): Promise<Page<Job>> {
    let query = this.#database.kysely
      .selectFrom('jobs')
      .selectAll()
      .orderBy('created_at', 'desc')
      .orderBy('id', 'desc')
      .limit(page.limit + 1)
    if (status !== undefined) query = query.where('status', '=', status)
    if (type !== undefined) query = query.where('type', '=', type)
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
   * Lets a failed job run again, as if it had never been tried. It takes the place of a queued one about the same.
   *
   * @throws AppError `NOT_FOUND`; `CONFLICT` unless it has failed
   */
  async retry(id: string, by: Actor): Promise<Job> {
    return this.#database.transaction(async (trx) => {
      const now = this.#clock.now()
      const failed = await trx
        .selectFrom('jobs')
        .selectAll()
        .where('id', '=', id)
        .where('status', '=', 'failed')
        .executeTakeFirst()
      if (!failed) throw await notFailed(trx, id)
      await removeQueued(trx, failed)
      const row = await trx
        .updateTable('jobs')
        .set({ status: 'queued', attempts: 0, run_at: now, updated_at: now })
        .where('id', '=', id)
        .where('status', '=', 'failed')
        .returningAll()
        .executeTakeFirst()
      if (!row) throw await notFailed(trx, id) // somebody else was quicker
      await this.#events.append(trx, [retried(row, by)])
      this.#database.afterCommit(trx, () => this.#tell(row.type))
      return toJob(row)
    })
  }

  /** When a job of this type was last done for the repository; `null`: never. */
  async lastDone(type: string, repoId: RepoId): Promise<number | null> {
    const row = await this.#database.kysely
      .selectFrom('jobs')
      .select('updated_at')
      .where('type', '=', type)
      .where('key', '=', repoId)
      .where('status', '=', sql.lit('done'))
      .executeTakeFirst()
    return row?.updated_at ?? null
  }

  #tell(type: string): void {
    for (const listener of this.#listeners) listener(type)
  }
}

/** Forgets the queued job about the same thing: another one takes its place. */
export async function removeQueued(trx: Trx, { type, key }: Pick<JobRow, 'type' | 'key'>): Promise<void> {
  await trx
    .deleteFrom('jobs')
    .where('type', '=', type)
    .where('key', '=', key)
    .where('status', '=', sql.lit('queued'))
    .execute()
}

async function notFailed(kysely: Kysely<Schema>, id: string): Promise<AppError> {
  const row = await kysely.selectFrom('jobs').select('status').where('id', '=', id).executeTakeFirst()
  if (!row) return new AppError('NOT_FOUND', { details: { reason: 'no such job' } })
  const reason = 'only a job that has failed can be tried again'
  return new AppError('CONFLICT', { details: { reason, status: row.status } })
}

function retried(row: JobRow, by: Actor): NewEvent {
  return {
    type: 'admin.job_retried',
    repoId: row.repo_id as RepoId | null,
    orgId: null,
    projectId: null,
    ...by,
    targetId: row.id,
    data: { jobType: row.type },
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
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  }
}
