/** What becomes of a job that has run, or whose server has died. Every move is from the state that it was seen in. */
import { sql } from 'kysely'
import type { NewEvent } from '../../kernel/events.ts'
import type { Clock } from '../../kernel/ports.ts'
import type { Database, Trx } from '../database.ts'
import type { EventLog } from '../log/events.ts'
import type { JobRow } from '../schema.ts'
import { backoffMs } from './backoff.ts'
import type { Claim } from './claims.ts'
import { jobEvent, putAtEnd, putOneInQueue, takeLost, takeRunning } from './job-rows.ts'

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

interface Ended {
  readonly claim: Claim
  readonly outcome: Outcome
  readonly tell: (runAt: number | null) => void
}

/** Where a row went; `event` belongs at the end of the transaction. */
interface Put {
  readonly runAt: number | null
  readonly event?: NewEvent
}

const MAX_ERROR_CHARS = 2_000
const DIED = 'the server died while it ran'
const NOBODY = { actorId: null, agentId: null }

export class Settlements {
  readonly #parts: SettlementsParts
  /** What this turn of the event loop has ended, and when that is written. */
  #turn: { readonly all: Ended[]; readonly written: Promise<void> } | null = null

  constructor(parts: SettlementsParts) {
    this.#parts = parts
  }

  /**
   * Says what came of a claim. Saying it twice, or by a claim that was lost, changes nothing. What one turn of
   * the event loop has ended is committed together.
   *
   * @returns when it runs again; `null`: not by itself
   * @throws AppError `UNAVAILABLE`
   */
  async settle(claim: Claim, outcome: Outcome): Promise<number | null> {
    let runAt: number | null = null
    const turn = (this.#turn ??= this.#nextTurn())
    turn.all.push({ claim, outcome, tell: (at) => (runAt = at) })
    await turn.written
    return runAt
  }

  /** Puts back what dead workers were at, at once the first time; what has killed several is given up. */
  async recover(left: Left, maxAttempts: (type: string) => number): Promise<void> {
    const { database, clock } = this.#parts
    const running = await database.kysely
      .selectFrom('jobs')
      .selectAll()
      .where('status', '=', sql.lit('running'))
      .execute()
    for (const row of running) {
      if (left === 'overdue' && (row.lease_until ?? 0) >= clock.now()) continue
      await this.#takeOver(row, maxAttempts(row.type))
    }
  }

  #nextTurn() {
    const all: Ended[] = []
    const written = new Promise(setImmediate).then(() => {
      this.#turn = null
      return this.#write(all)
    })
    return { all, written }
  }

  #write(all: readonly Ended[]): Promise<void> {
    return this.#parts.database.transaction(async (trx) => {
      const events: NewEvent[] = []
      const done: JobRow[] = []
      const taken = await takeRunning(
        trx,
        all.map(({ claim }) => ({ id: claim.job.id, token: claim.token })),
      )
      for (const row of taken) {
        const { outcome, tell } = all.find(
          ({ claim }) => claim.job.id === row.id && claim.token === row.worker,
        )!
        if (outcome.kind === 'done') done.push(this.#done(row))
        else {
          const { runAt, event } = await this.#put(trx, row, outcome)
          if (event) events.push(event)
          tell(runAt)
        }
      }
      await putAtEnd(trx, 'done', done)
      await this.#parts.events.append(trx, events)
    })
  }

  /** Does nothing when it was extended, settled or taken over meanwhile. */
  #takeOver(seen: JobRow, maxAttempts: number): Promise<void> {
    const { database, clock, events } = this.#parts
    return database.transaction(async (trx) => {
      const row = await takeLost(trx, seen)
      if (!row) return
      const wait = row.attempts === 1 ? 0 : backoffMs(row.attempts - 1)
      const runAt = row.attempts < maxAttempts ? clock.now() + wait : null
      const { event } = await this.#put(trx, row, { kind: 'failed', error: DIED, runAt })
      if (event) await events.append(trx, [event])
    })
  }

  #done(row: JobRow): JobRow {
    return { ...row, last_error: null, updated_at: this.#parts.clock.now() }
  }

  /** @param taken out of the table, in the same transaction */
  async #put(trx: Trx, taken: JobRow, outcome: Exclude<Outcome, { kind: 'done' }>): Promise<Put> {
    const now = this.#parts.clock.now()
    const row = { ...taken, updated_at: now }
    switch (outcome.kind) {
      case 'again': {
        const again = { ...row, attempts: 0, last_error: null, run_at: outcome.runAt }
        return { runAt: (await putOneInQueue(trx, again, 'again')).run_at }
      }
      case 'handed-back': {
        const back = { ...row, attempts: row.attempts - 1, run_at: now }
        return { runAt: (await putOneInQueue(trx, back, 'tried')).run_at }
      }
      case 'failed': {
        const last_error = outcome.error.slice(0, MAX_ERROR_CHARS)
        if (outcome.runAt === null) return park(trx, { ...row, last_error })
        const later = { ...row, last_error, run_at: outcome.runAt }
        return { runAt: (await putOneInQueue(trx, later, 'tried')).run_at }
      }
    }
  }
}

async function park(trx: Trx, row: JobRow): Promise<Put> {
  await putAtEnd(trx, 'failed', [row])
  const data = { attempts: row.attempts, error: row.last_error }
  return { runAt: null, event: jobEvent(row, 'job.failed', NOBODY, data) }
}
