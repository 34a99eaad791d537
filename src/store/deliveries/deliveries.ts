/** What waits for receivers outside, line by line. When and how it is sent is known in rooms/events/deliveries. */
import { sql, type ExpressionBuilder, type Kysely } from 'kysely'
import type { RepoId } from '../../kernel/ids.ts'
import type { Clock } from '../../kernel/ports.ts'
import type { Database, Trx } from '../database.ts'
import { toEvent } from '../log/events.ts'
import type { DeliveryRow, EventRow, Schema } from '../schema.ts'
import {
  newDeliveryRow,
  toDelivery,
  type Delivery,
  type Line,
  type NewDelivery,
  type Settled,
  type Waiting,
  type WaitingPage,
} from './delivery.ts'
import { withinBytes } from '../within-bytes.ts'
import { writeSettled } from './write-settled.ts'

export interface DeliveriesParts {
  readonly database: Database
  readonly clock: Clock
  readonly newId: () => string
}

/** Of one statement. */
const ROWS_AT_ONCE = 500

export class Deliveries {
  readonly #parts: DeliveriesParts
  readonly #unwritten: Settled[] = []
  #lastWrite: Promise<void> = Promise.resolve()
  /** Has not begun: takes what is added to `#unwritten`. */
  #nextWrite: Promise<void> | null = null

  constructor(parts: DeliveriesParts) {
    this.#parts = parts
  }

  /** In the transaction that moves the cursor behind the events. What is there already stays as it is. */
  async add(trx: Trx, list: readonly NewDelivery[]): Promise<void> {
    const { newId, clock } = this.#parts
    const rows = list.map((each) => newDeliveryRow(newId(), each, clock.now()))
    for (let at = 0; at < rows.length; at += ROWS_AT_ONCE)
      await trx
        .insertInto('deliveries')
        .values(rows.slice(at, at + ROWS_AT_ONCE))
        .onConflict((conflict) =>
          conflict.columns(['receiver', 'event_id', 'part']).where('redelivery_of', 'is', null).doNothing(),
        )
        .execute()
  }

  /** Stands in no line and waits for no other: what somebody asks for by hand. */
  async addAside(trx: Trx, what: NewDelivery, redeliveryOf: string | null): Promise<Delivery> {
    const { newId, clock } = this.#parts
    const row: DeliveryRow = {
      ...newDeliveryRow(newId(), what, clock.now()),
      in_line: 0,
      redelivery_of: redeliveryOf,
    }
    await trx.insertInto('deliveries').values(row).execute()
    return toDelivery(row)
  }

  /** The first ones of a line, due or not: as many as `limit`, or as are read at once. */
  head(line: Line, limit: number): Promise<WaitingPage> {
    return read(waiting(this.#parts.database.kysely, line, 1).orderBy('d.sequence').orderBy('d.id'), limit)
  }

  /** Those that stand in no line, the most overdue first, due or not; as `head`. */
  aside(line: Line, limit: number): Promise<WaitingPage> {
    return read(
      waiting(this.#parts.database.kysely, line, 0).orderBy('d.next_attempt_at').orderBy('d.id'),
      limit,
    )
  }

  /**
   * Writes down what came of attempts; what several ask for while one writes is written together. A delivery
   * that is gone meanwhile stays gone.
   */
  async settle(settled: readonly Settled[]): Promise<void> {
    if (settled.length === 0) return
    this.#unwritten.push(...settled)
    this.#nextWrite ??= this.#write(this.#lastWrite)
    await this.#nextWrite
  }

  async #write(before: Promise<void>): Promise<void> {
    await before.catch(() => {}) // told to those who asked for it
    const settled = this.#unwritten.splice(0)
    this.#lastWrite = this.#nextWrite ?? before
    this.#nextWrite = null
    const { database, clock } = this.#parts
    for (let at = 0; at < settled.length; at += ROWS_AT_ONCE)
      await writeSettled(database.kysely, settled.slice(at, at + ROWS_AT_ONCE), clock.now())
  }

  /** Forgets deliveries that turn out not to be asked for. */
  async drop(ids: readonly string[]): Promise<void> {
    if (ids.length === 0) return
    await this.#parts.database.kysely.deleteFrom('deliveries').where('id', 'in', ids).execute()
  }

  /** Gives up what waits in a line, and beside it. @param before only what is older: milliseconds since 1970 */
  async park(line: Line, error: string, before?: number): Promise<void> {
    const { database, clock } = this.#parts
    let query = database.kysely
      .updateTable('deliveries')
      .set({ status: 'parked', error, updated_at: clock.now() })
      .where((eb) => waitingIn(eb, line))
    if (before !== undefined) query = query.where('created_at', '<', before)
    await query.execute()
  }

  /**
   * What waits for a receiver may be sent now.
   *
   * @param which `all`: also what stands in no line, because it was refused too often or is sent by hand
   * @returns the repositories of its lines; `null` for the line of what is about none
   */
  async bringForward(trx: Trx, receiver: string, which: 'in line' | 'all'): Promise<(RepoId | null)[]> {
    const now = this.#parts.clock.now()
    const inLine = which === 'all' ? ([1, 0] as const) : ([1] as const)
    await trx
      .updateTable('deliveries')
      .set({ next_attempt_at: now })
      .where('receiver', '=', receiver)
      .where('status', '=', sql.lit('waiting'))
      .where('in_line', 'in', inLine)
      .where('next_attempt_at', '>', now)
      .execute()
    const rows = await trx
      .selectFrom('deliveries')
      .select('repo_id')
      .distinct()
      .where('receiver', '=', receiver)
      .where('status', '=', sql.lit('waiting'))
      .where('in_line', 'in', inLine)
      .execute()
    return rows.map(({ repo_id }) => repo_id as RepoId | null)
  }
}

function waiting(kysely: Kysely<Schema>, { receiver, repoId }: Line, inLine: 0 | 1) {
  return kysely
    .selectFrom('deliveries as d')
    .innerJoin('events as e', 'e.sequence', 'd.sequence')
    .where('d.receiver', '=', receiver)
    .where('d.repo_id', repoId === null ? 'is' : '=', repoId)
    .where('d.status', '=', sql.lit('waiting'))
    .where('d.in_line', '=', sql.lit(inLine))
}

function waitingIn(eb: ExpressionBuilder<Schema, 'deliveries'>, { receiver, repoId }: Line) {
  return eb.and([
    eb('receiver', '=', receiver),
    eb('repo_id', repoId === null ? 'is' : '=', repoId),
    eb('status', '=', sql.lit('waiting')),
  ])
}

type WaitingQuery = ReturnType<typeof waiting>

async function read(query: WaitingQuery, limit: number): Promise<WaitingPage> {
  const sized = await query
    .select(['d.id', sql<number>`octet_length(e.data)`.as('bytes')])
    .limit(limit)
    .execute()
  const ids = withinBytes(sized).map(({ id }) => id)
  if (ids.length === 0) return { waiting: [], more: false }
  const rows = await query
    .where('d.id', 'in', ids)
    .selectAll('d')
    .select(['e.project_id', 'e.org_id', 'e.actor_id', 'e.agent_id', 'e.target_id', 'e.data'])
    .select('e.created_at as event_created_at')
    .execute()
  return { waiting: rows.map(toWaiting), more: ids.length < sized.length || sized.length === limit }
}

type WaitingRow = DeliveryRow &
  Pick<EventRow, 'project_id' | 'org_id' | 'actor_id' | 'agent_id' | 'target_id' | 'data'> & {
    readonly event_created_at: number
  }

function toWaiting(row: WaitingRow): Waiting {
  return {
    delivery: toDelivery(row),
    event: toEvent({
      ...row,
      id: row.event_id,
      type: row.event_type,
      created_at: row.event_created_at,
      denied: 0,
    }),
  }
}
