/**
 * Ref updates that are about to happen, so that a crash loses no event of one that did. Implements
 * the kernel's port; what an intent means is decided there.
 */
import { isReserved } from '../kernel/commands.ts'
import { AppError } from '../kernel/errors.ts'
import type { MovedRef, NewEvent, PushData } from '../kernel/events.ts'
import type { RefName, RepoId } from '../kernel/ids.ts'
import type { Clock, Intent, IntentLog, MovedSince } from '../kernel/ports.ts'
import { sql } from 'kysely'
import type { Database, Trx } from './database.ts'
import { GroupedCalls } from './grouped-calls.ts'
import type { EventLog } from './log/events.ts'
import { prepareQuery } from './prepared-query.ts'
import { refsMovedSince } from './moved-on.ts'
import { landPushedPulls } from './pulls-pushed.ts'
import { takeRepositoryTurn } from './read-repository.ts'
import { activate } from './repository-states.ts'
import type { IntentRow } from './schema.ts'

export interface IntentsParts {
  readonly database: Database
  readonly events: EventLog
  readonly clock: Clock
  /** Names this server, the same over restarts. */
  readonly instance: string
  /** Names this start of it. */
  readonly run: string
}

interface Done {
  readonly intentId: string
  readonly event: NewEvent<PushData>
}

/** After this long without an end, another server is taken for dead. */
const ABANDONED_AFTER_MS = 5 * 60_000

export class Intents implements IntentLog {
  readonly #parts: IntentsParts
  /** Of this run, but nobody works on them any more. */
  readonly #left = new Set<string>()
  /** Done, but the database did not take their events; written before recovery looks at any ref. */
  #late: readonly (readonly Done[])[] = []
  #writing: Promise<void> | null = null
  /** Pushes of all repositories that open, or end, at the same time wait for the disk together. */
  readonly #opening: GroupedCalls<IntentRow, undefined>
  readonly #ending: GroupedCalls<readonly Done[], undefined>
  readonly #close: Close
  readonly #notePushed: NotePushed

  constructor(parts: IntentsParts) {
    this.#parts = parts
    this.#close = closeIntent(parts.database)
    this.#notePushed = notePushed(parts.database)
    this.#opening = new GroupedCalls(async (rows) => {
      await parts.database.kysely
        .insertInto('intents')
        .values([...rows])
        .execute()
      return rows.map(() => undefined)
    })
    this.#ending = new GroupedCalls(async (batches) => {
      await this.#write(batches.flat())
      return batches.map(() => undefined)
    })
  }

  async open(intent: Intent): Promise<void> {
    const { clock, instance, run } = this.#parts
    const row: IntentRow = {
      id: intent.id,
      repo_id: intent.repoId,
      instance,
      run,
      state: intent.state,
      quarantine: intent.quarantine,
      event: JSON.stringify(intent.event),
      created_at: clock.now(),
    }
    await this.#opening.add(row)
  }

  /** @throws AppError `UNAVAILABLE`: another server took this one for dead and has ended the intent */
  async decide({ id, event }: Intent): Promise<void> {
    const { numUpdatedRows } = await this.#parts.database.kysely
      .updateTable('intents')
      .set({ state: 'decided', event: JSON.stringify(event) })
      .where('id', '=', id)
      .executeTakeFirstOrThrow()
    if (numUpdatedRows === 0n) throw new AppError('UNAVAILABLE')
  }

  async complete(done: readonly Done[]): Promise<void> {
    await this.#writeLate()
    try {
      if (isBehind(done, this.#late)) throw new AppError('UNAVAILABLE')
      await this.#ending.add(done)
    } catch (err) {
      this.#late = [...this.#late, done]
      throw err
    }
  }

  async drop(intentId: string): Promise<boolean> {
    const { numDeletedRows } = await this.#parts.database.kysely
      .deleteFrom('intents')
      .where('id', '=', intentId)
      .executeTakeFirstOrThrow()
    this.#left.delete(intentId)
    return numDeletedRows > 0n
  }

  leave(intentId: string): void {
    this.#left.add(intentId)
  }

  async abandoned(): Promise<readonly Intent[]> {
    await this.#writeLate()
    const { database, clock, instance, run } = this.#parts
    const rows = await database.kysely
      .selectFrom('intents')
      .selectAll()
      .where((eb) =>
        eb.or([
          eb.and([eb('instance', '=', instance), eb('run', '<>', run)]),
          eb.and([eb('instance', '<>', instance), eb('created_at', '<', clock.now() - ABANDONED_AFTER_MS)]),
          ...[...this.#left].map((id) => eb('id', '=', id)),
        ]),
      )
      .orderBy('created_at')
      .orderBy('id')
      .execute()
    return rows.map(toIntent)
  }

  /** Names of the quarantines that open intents, of any server, still need. */
  async quarantines(): Promise<string[]> {
    const rows = await this.#parts.database.kysely.selectFrom('intents').select('quarantine').execute()
    return rows.flatMap((row) => row.quarantine ?? [])
  }

  movedSince(intent: Intent): Promise<ReadonlyMap<RefName, MovedSince> | null> {
    return refsMovedSince(this.#parts.database.kysely, intent)
  }

  /** What fails again stays, and keeps only what is about its own repositories from being written. */
  async #writeLate(): Promise<void> {
    if (this.#late.length > 0) await (this.#writing ??= this.#writeEachLate())
  }

  async #writeEachLate(): Promise<void> {
    const late = this.#late
    const failed: (readonly Done[])[] = []
    for (const batch of late) {
      if (isBehind(batch, failed)) failed.push(batch)
      else await this.#write(batch).catch(() => failed.push(batch))
    }
    this.#late = [...failed, ...this.#late.slice(late.length)]
    this.#writing = null
  }

  /** Whoever removes the intent writes its event, so it is written once. */
  async #write(done: readonly Done[]): Promise<void> {
    const { database, events } = this.#parts
    await database.transaction(async (trx) => {
      const log: NewEvent[] = []
      for (const { intentId, event } of done) {
        const [closed] = await this.#close({ id: intentId }, trx)
        if (closed) log.push(...(await this.#land(trx, event)))
      }
      await events.append(trx, log)
    })
    for (const { intentId } of done) this.#left.delete(intentId)
  }

  /** What a push changes in the row of its repository; the events about it, in order. */
  async #land(trx: Trx, event: NewEvent<PushData>): Promise<NewEvent[]> {
    const { repoId, actorId, agentId, data } = event
    if (repoId === null) return [event]
    if (data.refs.every(isOwn)) return []
    const { database, clock } = this.#parts
    await takeRepositoryTurn(database, trx, repoId)
    const [known] = await this.#notePushed({ at: clock.now(), id: repoId }, trx)
    const created: NewEvent[] = []
    if (!known) created.push(...(await activate(database, trx, repoId, { actorId, agentId })))
    if (!known || data.headMovedTo !== undefined) await noteFirst(trx, event, clock.now())
    const pulls = await landPushedPulls(trx, event, clock.now())
    return [...created, event, ...pulls]
  }
}

/** What the server keeps for itself is nobody's push, unless somebody's was sent there. */
function isOwn({ ref, redirected }: MovedRef): boolean {
  return isReserved(ref) && redirected === undefined
}

/** Does an earlier batch, not written yet, tell of the same repository? The log keeps its order. */
function isBehind(batch: readonly Done[], late: readonly (readonly Done[])[]): boolean {
  const waiting = new Set(late.flat().map(({ event }) => event.repoId))
  return batch.some(({ event }) => waiting.has(event.repoId))
}

type Close = (values: { id: string }, trx: Trx) => Promise<readonly { id: string }[]>

/** @returns the query answers no row when somebody else has closed it */
function closeIntent({ kysely }: Pick<Database, 'kysely'>): Close {
  return prepareQuery(kysely, (slot) =>
    kysely.deleteFrom('intents').where('id', '=', slot('id')).returning('id'),
  )
}

type NotePushed = (values: { at: number; id: string }, trx: Trx) => Promise<readonly { id: string }[]>

/** @returns the query answers no row for one that is not shown yet */
function notePushed({ kysely }: Pick<Database, 'kysely'>): NotePushed {
  return prepareQuery(kysely, (slot) =>
    kysely
      .updateTable('repositories')
      .set({ pushed_at: slot('at') })
      .where('id', '=', slot('id'))
      .where('state', '<>', sql.lit('provisional'))
      .returning('id'),
  )
}

/** What the first push of a repository changes, and one that HEAD follows. */
async function noteFirst(trx: Trx, { repoId, data }: NewEvent<PushData>, now: number): Promise<void> {
  const head = data.headMovedTo === undefined ? {} : { default_branch: data.headMovedTo }
  await trx
    .updateTable('repositories')
    .set({ pushed_at: now, ...head })
    .where('id', '=', repoId)
    .execute()
}

function toIntent(row: IntentRow): Intent {
  return {
    id: row.id,
    repoId: row.repo_id as RepoId,
    state: row.state,
    quarantine: row.quarantine,
    event: JSON.parse(row.event),
  }
}
