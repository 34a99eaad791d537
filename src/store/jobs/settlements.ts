/** What becomes of a job that has run, or whose server has died. Every move is from the state that it was seen in. */
import { sql } from 'kysely'
import type { NewEvent } from '../../kernel/events.ts'
import type { Clock } from '../../kernel/ports.ts'
import type { Database, Trx } from '../database.ts'
import type { EventLog } from '../log/events.ts'
import type { JobRow } from '../schema.ts'
import { backoffMs } from './backoff.ts'
import type { Claim } from './claims.ts'
import { jobEvent, putAtEnd, putInQueue } from './job-rows.ts'

export interface SettlementsParts {
  readonly database: Database
  readonly events: EventLog
  /** The same for all servers of the database; see shared-clock.ts. */
  readonly clock: Clock
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

/** Jobs that others have left. */
export type Left =
  /** Nobody else uses the database, and nothing runs here yet. */
  | 'running'
  /** Whose lease has ended. */
  | 'overdue'

const MAX_ERROR_CHARS = 2_000
const DIED = 'the server died while it ran'
const NOBODY = { actorId: null, agentId: null }

export class Settlements {
  readonly #parts: SettlementsParts

  constructor(parts: SettlementsParts) {
    this.#parts = parts
  }

  /**
   * Says what came of a claim. Saying it twice, or by a claim that was lost, changes nothing.
   *
   * @returns when it runs again; `null`: not by itself
   * @throws AppError `UNAVAILABLE`
   */
  settle({ job, token }: Claim, outcome: Outcome): Promise<number | null> {
    return this.#parts.database.transaction(async (trx) => {
      const row = await trx
        .deleteFrom('jobs')
        .where('id', '=', job.id)
        .where('worker', '=', token)
        .where('status', '=', 'running')
        .returningAll()
        .executeTakeFirst()
      return row ? this.#put(trx, row, outcome) : null
    })
  }

  /** Puts back what dead workers were at, at once the first time; what has killed several is given up. */
  async recover(left: Left, maxAttempts: (type: string) => number): Promise<void> {
    const { database, clock } = this.#parts
    const lost = await database.kysely
      .selectFrom('jobs')
      .selectAll()
      .where('status', '=', sql.lit('running'))
      .execute()
    for (const row of lost) {
      if (left === 'overdue' && (row.lease_until ?? 0) >= clock.now()) continue
      await this.#takeOver(row, maxAttempts(row.type))
    }
  }

  /** Does nothing when it was extended, settled or taken over meanwhile. */
  #takeOver({ id, lease_until }: JobRow, maxAttempts: number): Promise<unknown> {
    const { database, clock } = this.#parts
    return database.transaction(async (trx) => {
      const row = await trx
        .deleteFrom('jobs')
        .where('id', '=', id)
        .where('status', '=', 'running')
        .where('lease_until', 'is not distinct from', lease_until)
        .returningAll()
        .executeTakeFirst()
      if (!row) return
      const wait = row.attempts === 1 ? 0 : backoffMs(row.attempts - 1)
      const runAt = row.attempts < maxAttempts ? clock.now() + wait : null
      await this.#put(trx, row, { kind: 'failed', error: DIED, runAt })
    })
  }

  /** @param row taken out of the table */
  async #put(trx: Trx, row: JobRow, outcome: Outcome): Promise<number | null> {
    const now = this.#parts.clock.now()
    const left = { ...row, updated_at: now }
    switch (outcome.kind) {
      case 'done':
        await putAtEnd(trx, { ...left, status: 'done', last_error: null })
        return null
      case 'again': {
        const again = { ...left, attempts: 0, last_error: null, run_at: outcome.runAt }
        return (await putInQueue(trx, again, 'again')).run_at
      }
      case 'handed-back': {
        const back = { ...left, attempts: row.attempts - 1, run_at: now }
        return (await putInQueue(trx, back, 'tried')).run_at
      }
      case 'failed': {
        const last_error = outcome.error.slice(0, MAX_ERROR_CHARS)
        if (outcome.runAt !== null) {
          const later = { ...left, last_error, run_at: outcome.runAt }
          return (await putInQueue(trx, later, 'tried')).run_at
        }
        await putAtEnd(trx, { ...left, status: 'failed', last_error })
        await this.#parts.events.append(trx, [failedEvent(row, last_error)])
        return null
      }
    }
  }
}

function failedEvent(row: JobRow, error: string): NewEvent {
  return jobEvent(row, 'job.failed', NOBODY, { attempts: row.attempts, error })
}
