/** The log of what happened, which every subscriber reads. Written only inside the transaction of the change. */
import { sql, type Compilable, type ExpressionBuilder } from 'kysely'
import type { NewEvent, StoredEvent } from '../../kernel/events.ts'
import type { RepoId } from '../../kernel/ids.ts'
import type { Clock } from '../../kernel/ports.ts'
import type { Database, Trx } from '../database.ts'
import { invalidCursor, toPage, type Page, type PageRequest } from '../page.ts'
import type { EventRow, Schema } from '../schema.ts'
import { prepareQuery } from '../prepared-query.ts'
import { withinBytes } from '../within-bytes.ts'

/** Who caused a change of state, as its event tells it. */
export interface Actor {
  readonly actorId: string | null
  readonly agentId: string | null
}

export interface EventFilter {
  readonly repoId?: RepoId | undefined
  /** Whole types (`repo.created`) or prefixes (`pr.*`); any of them. */
  readonly types?: readonly string[] | undefined
  readonly actorId?: string | undefined
  readonly agentId?: string | undefined
  /** Milliseconds since 1970; `since` is included, `until` is not. */
  readonly since?: number | undefined
  readonly until?: number | undefined
  /** Only what was refused, or only what was not; absent: both. */
  readonly denied?: boolean | undefined
}

export type OnAppended = (events: readonly NewEvent[]) => void

export class EventLog {
  readonly #database: Database
  readonly #clock: Clock
  readonly #newId: () => string
  readonly #listeners = new Set<OnAppended>()
  readonly #insert: InsertEvent

  constructor(parts: { database: Database; clock: Clock; newId: () => string }) {
    this.#database = parts.database
    this.#clock = parts.clock
    this.#newId = parts.newId
    this.#insert = insertEvent(parts.database)
  }

  /**
   * Call it last in the transaction: from here to its end no other one appends, so that sequence
   * numbers become visible in their order and a reader of the log never skips one.
   */
  async append(trx: Trx, events: readonly NewEvent[]): Promise<void> {
    if (events.length === 0) return
    await this.#database.takeTurn(trx, 'events')
    const createdAt = this.#clock.now()
    for (const event of events) await this.#insert(toRow(event, this.#newId(), createdAt), trx)
    this.#database.afterCommit(trx, () => this.#tell(events))
  }

  /**
   * Calls `listener` with what this process has appended, when it is committed and before whoever did it
   * goes on. Other processes' events are found by reading: see event-tail.ts. Dispose to stop.
   */
  onAppended(listener: OnAppended): Disposable {
    this.#listeners.add(listener)
    return { [Symbol.dispose]: () => void this.#listeners.delete(listener) }
  }

  /** Sequence of the newest event; `0` when there is none. */
  async lastSequence(): Promise<number> {
    const row = await this.#database.kysely
      .selectFrom('events')
      .select('sequence')
      .orderBy('sequence', 'desc')
      .limit(1)
      .executeTakeFirst()
    return row?.sequence ?? 0
  }

  /** Events after a position of the log, oldest first; `0` is its beginning. */
  async since(sequence: number, limit: number): Promise<StoredEvent[]> {
    const rows = await this.#database.kysely
      .selectFrom('events')
      .selectAll()
      .where('sequence', '>', sequence)
      .orderBy('sequence')
      .limit(limit)
      .execute()
    await this.#database.synced()
    return rows.map(toEvent)
  }

  async byId(id: string): Promise<StoredEvent | null> {
    const row = await this.#database.kysely
      .selectFrom('events')
      .selectAll()
      .where('id', '=', id)
      .executeTakeFirst()
    return row ? toEvent(row) : null
  }

  /** Newest first; fewer than asked for where they are large. @throws AppError `VALIDATION_ERROR` for a cursor that is none */
  async list(filter: EventFilter, page: PageRequest): Promise<Page<StoredEvent>> {
    let query = this.#database.kysely
      .selectFrom('events')
      .select(['sequence', sql<number>`octet_length(data)`.as('bytes')])
      .orderBy('sequence', 'desc')
      .limit(page.limit + 1)
    const { repoId, types, actorId, agentId, since, until, denied } = filter
    if (repoId !== undefined) query = query.where('repo_id', '=', repoId)
    if (actorId !== undefined) query = query.where('actor_id', '=', actorId)
    if (agentId !== undefined) query = query.where('agent_id', '=', agentId)
    if (since !== undefined) query = query.where('created_at', '>=', since)
    if (until !== undefined) query = query.where('created_at', '<', until)
    if (denied !== undefined) query = query.where('denied', '=', denied ? 1 : 0)
    if (types !== undefined) query = query.where((eb) => eb.or(types.map((t) => ofType(eb, t))))
    if (page.cursor !== undefined) query = query.where('sequence', '<', parseSequence(page.cursor))
    else if (page.offset !== undefined) query = query.offset(page.offset)
    const found = await query.execute()
    const { items, nextCursor } = toPage(found, withinBytes(found.slice(0, page.limit)).length, {
      item: ({ sequence }) => sequence,
      cursor: ({ sequence }) => String(sequence),
    })
    return { items: await this.#newestOf(items), nextCursor }
  }

  async #newestOf(sequences: readonly number[]): Promise<StoredEvent[]> {
    if (sequences.length === 0) return []
    const rows = await this.#database.kysely
      .selectFrom('events')
      .selectAll()
      .where('sequence', 'in', sequences)
      .orderBy('sequence', 'desc')
      .execute()
    return rows.map(toEvent)
  }

  #tell(events: readonly NewEvent[]): void {
    for (const listener of this.#listeners) listener(events)
  }
}

type EventConditions = ExpressionBuilder<Schema, 'events'>

/** A range and no LIKE, which ignores case on one engine; `~` sorts behind all that a type may hold. */
function ofType(eb: EventConditions, type: string) {
  if (!type.endsWith('.*')) return eb('type', '=', type)
  const prefix = type.slice(0, -1)
  return eb.and([eb('type', '>=', prefix), eb('type', '<', `${prefix}~`)])
}

function parseSequence(cursor: string): number {
  if (!/^\d{1,15}$/.test(cursor)) throw invalidCursor()
  return Number(cursor)
}

type NewEventRow = Omit<EventRow, 'sequence'>
type InsertEvent = (row: NewEventRow, trx: Trx) => Promise<unknown>

/** Compiled once: every change of state writes one. */
function insertEvent({ kysely }: Pick<Database, 'kysely'>): InsertEvent {
  return prepareQuery<never, { [K in keyof NewEventRow]: NewEventRow[K] }>(
    kysely,
    (slot) =>
      kysely.insertInto('events').values({
        id: slot('id'),
        type: slot('type'),
        repo_id: slot('repo_id'),
        org_id: slot('org_id'),
        project_id: slot('project_id'),
        actor_id: slot('actor_id'),
        agent_id: slot('agent_id'),
        target_id: slot('target_id'),
        data: slot('data'),
        created_at: slot('created_at'),
        denied: slot('denied'),
      }) as unknown as Compilable<never>,
  )
}

function toRow(event: NewEvent, id: string, createdAt: number): NewEventRow {
  return {
    id,
    type: event.type,
    repo_id: event.repoId,
    org_id: event.orgId,
    project_id: event.projectId,
    actor_id: event.actorId,
    agent_id: event.agentId,
    target_id: event.targetId ?? null,
    data: JSON.stringify(event.data),
    created_at: createdAt,
    denied: event.denied === true ? 1 : 0,
  }
}

export function toEvent(row: EventRow): StoredEvent {
  return {
    id: row.id,
    sequence: row.sequence,
    type: row.type,
    repoId: row.repo_id as RepoId | null,
    orgId: row.org_id,
    projectId: row.project_id,
    actorId: row.actor_id,
    agentId: row.agent_id,
    targetId: row.target_id,
    data: JSON.parse(row.data),
    createdAt: row.created_at,
    ...(row.denied === 1 ? { denied: true } : {}),
  }
}
