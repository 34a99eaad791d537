/** Work that is done later and more than once if need be. What a job does, and who runs it, is known elsewhere. */
import type { Kysely } from 'kysely'
import { AppError } from '../kernel/errors.ts'
import type { NewEvent } from '../kernel/events.ts'
import type { RepoId } from '../kernel/ids.ts'
import type { Clock } from '../kernel/ports.ts'
import type { Database, Trx } from './database.ts'
import type { Actor, EventLog } from './events.ts'
import { parseCursor, toPage, writeCursor, type Page, type PageRequest } from './page.ts'
import type { JobRow, Schema } from './schema.ts'

export interface NewJob {
  readonly type: string
  readonly repoId: RepoId | null
  /** Shown to administrators: no secrets. */
  readonly payload: unknown
  /** Milliseconds since 1970; default: now. */
  readonly runAt?: number
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

/** Type of the jobs that repack a repository and remove what nothing reaches. */
export const MAINTENANCE = 'repository.maintenance'

export class Jobs {
  readonly #database: Database
  readonly #events: EventLog
  readonly #clock: Clock
  readonly #newId: () => string

  constructor(parts: { database: Database; events: EventLog; clock: Clock; newId: () => string }) {
    this.#database = parts.database
    this.#events = parts.events
    this.#clock = parts.clock
    this.#newId = parts.newId
  }

  /** In the transaction of what makes it necessary: there is a job exactly if that happened. */
  async enqueue(trx: Trx, { type, repoId, payload, runAt }: NewJob): Promise<string> {
    const [id, now] = [this.#newId(), this.#clock.now()]
    const row: JobRow = {
      id,
      type,
      repo_id: repoId,
      status: 'queued',
      attempts: 0,
      payload: JSON.stringify(payload),
      last_error: null,
      run_at: runAt ?? now,
      created_at: now,
      updated_at: now,
    }
    await trx.insertInto('jobs').values(row).execute()
    return id
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
   * Lets a failed job run again, as if it had never been tried.
   *
   * @throws AppError `NOT_FOUND`; `CONFLICT` unless it has failed
   */
  async retry(id: string, by: Actor): Promise<Job> {
    return this.#database.transaction(async (trx) => {
      const now = this.#clock.now()
      const row = await trx
        .updateTable('jobs')
        .set({ status: 'queued', attempts: 0, run_at: now, updated_at: now })
        .where('id', '=', id)
        .where('status', '=', 'failed')
        .returningAll()
        .executeTakeFirst()
      if (!row) throw await notFailed(trx, id)
      await this.#events.append(trx, [retried(row, by)])
      return toJob(row)
    })
  }

  /** When a job of this type was last done for the repository; `null`: never. */
  async lastDone(type: string, repoId: RepoId): Promise<number | null> {
    const row = await this.#database.kysely
      .selectFrom('jobs')
      .select('updated_at')
      .where('repo_id', '=', repoId)
      .where('type', '=', type)
      .where('status', '=', 'done')
      .orderBy('updated_at', 'desc')
      .limit(1)
      .executeTakeFirst()
    return row?.updated_at ?? null
  }
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

function toJob(row: JobRow): Job {
  return {
    id: row.id,
    type: row.type,
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
