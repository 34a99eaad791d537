/**
 * The events of this relay: those that are served, those in purgatory, and those that expired there. Which of them
 * may come in, and when one leaves purgatory, is decided elsewhere.
 */
import type { Clock } from '../../kernel/ports.ts'
import type { VerifiedEvent } from '../../nostr/event.ts'
import type { Filter } from '../../nostr/filter.ts'
import type { Database, Trx } from '../database.ts'
import { deletedAmong, removeDeleted } from './deletions.ts'
import { expireSome } from './expire-events.ts'
import { findEvents, readByIds, type Wanted } from './find-events.ts'
import { GroupedCalls } from '../grouped-calls.ts'
import type { EventSource, HeldEvent } from './held-event.ts'
import { holdEvents, type HoldCall, type Holding, type PurgatoryRoom } from './hold-events.ts'
import { inChunks } from './in-chunks.ts'
import type { Looked } from './position.ts'
import { positions } from './positions.ts'
import { readEvents } from './read-events.ts'
import { readVector, type EventPosition } from './read-vector.ts'
import { areKnown, areNamed, type NamedEvent, type NamedEvents } from './relations.ts'
import { serveEvents, type ServeCall } from './serve-events.ts'

export type { EventSource, EventStatus, HeldEvent } from './held-event.ts'
export type { Wanted } from './find-events.ts'
export type { Holding } from './hold-events.ts'
export type { EventPosition } from './read-vector.ts'

export interface NostrEventsParts {
  readonly database: Database
  readonly clock: Clock
  /** Default: 10,000 entries, 256 MiB, 200 and 32 MiB of an author, 10 of an address. */
  readonly room?: PurgatoryRoom
}

const ROOM: PurgatoryRoom = {
  entries: 10_000,
  bytes: 256 * 1024 * 1024,
  entriesOfAuthor: 200,
  bytesOfAuthor: 32 * 1024 * 1024,
  entriesOfAddress: 10,
}
const MAX_COUNT = 50_000
/** Of some megabytes each. */
const MAX_EXPIRED_PARTS = 16

export class NostrEvents {
  readonly #database: Database
  readonly #clock: Clock
  readonly #serving: GroupedCalls<ServeCall, readonly VerifiedEvent[]>
  readonly #holding: GroupedCalls<HoldCall, Holding>
  readonly #reading: GroupedCalls<string, HeldEvent | null>
  readonly #deleted: GroupedCalls<VerifiedEvent, boolean>
  readonly #known: GroupedCalls<NamedEvents, boolean>
  readonly #naming: GroupedCalls<NamedEvent, boolean>

  constructor({ database, clock, room = ROOM }: NostrEventsParts) {
    this.#database = database
    this.#clock = clock
    this.#serving = new GroupedCalls((calls) => this.#write((trx) => serveEvents(trx, calls, clock.now())))
    this.#holding = new GroupedCalls((calls) =>
      this.#write((trx) => holdEvents(trx, calls, { room, now: clock.now() })),
    )
    const { kysely } = database
    this.#reading = new GroupedCalls((ids) => readByIds(kysely, ids))
    this.#deleted = new GroupedCalls(async (events) => {
      const deleted = await deletedAmong(kysely, events)
      return events.map(({ id }) => deleted.has(id))
    })
    this.#known = new GroupedCalls((calls) => areKnown(kysely, calls))
    this.#naming = new GroupedCalls((calls) => areNamed(kysely, calls))
  }

  /** Whatever its status. */
  byId(id: string): Promise<HeldEvent | null> {
    return this.#reading.add(id)
  }

  /** Newest first. For small sets: everything that is found is read at once. */
  find(wanted: Wanted): Promise<readonly HeldEvent[]> {
    return findEvents(this.#database.kysely, wanted)
  }

  /**
   * Puts it into purgatory, or back there when it has expired. It is on disk then.
   *
   * @param place `waitsUntil`: milliseconds since 1970
   */
  hold(event: VerifiedEvent, place: Omit<HoldCall, 'event'>): Promise<Holding> {
    return this.#holding.add({ event, ...place })
  }

  /**
   * Serves new events, or lifts them out of purgatory, all in one transaction; they are on disk then. What they
   * replace is removed. Calls at the same time share a transaction.
   *
   * @returns those that were not served before and are now: not what newer ones or a deletion rule out
   */
  serve(
    events: readonly VerifiedEvent[],
    from: { readonly source: EventSource },
  ): Promise<readonly VerifiedEvent[]> {
    return this.#serving.add({ events, ...from })
  }

  /** Those in purgatory stay until then. @param waitsUntil milliseconds since 1970 */
  async extend(ids: readonly string[], waitsUntil: number): Promise<void> {
    await this.#write(async (trx) => {
      for (const some of inChunks(ids))
        await trx
          .updateTable('nostr_events')
          .set({ waits_until: waitsUntil })
          .where('id', 'in', some)
          .where('status', '=', 'purgatory')
          .execute()
    })
  }

  /** Forgets them, whatever their status. */
  async drop(ids: readonly string[]): Promise<void> {
    await this.#write(async (trx) => {
      for (const some of inChunks(ids)) await trx.deleteFrom('nostr_events').where('id', 'in', some).execute()
    })
  }

  /** Does a served deletion of the same author name it? `serve` and `hold` look themselves. @see NIP-09 */
  isDeleted(event: VerifiedEvent): Promise<boolean> {
    return this.#deleted.add(event)
  }

  /**
   * Serves the deletion and removes what it names of the same author, from purgatory too, in one transaction.
   * Deletions themselves stay. Doing it again changes nothing.
   *
   * @returns what was removed, as it was
   * @see NIP-09
   */
  applyDeletion(
    deletion: VerifiedEvent,
    { source }: { readonly source: EventSource } = { source: 'client' },
  ): Promise<readonly HeldEvent[]> {
    return this.#write(async (trx) => {
      await serveEvents(trx, [{ events: [deletion], source }], this.#clock.now())
      return removeDeleted(trx, deletion)
    })
  }

  /**
   * Ends what is over: purgatory becomes `expired`, what expires by itself (NIP-40) is removed, and what has been
   * expired for a week is forgotten. To be called every minute: one call ends more than comes in that time.
   *
   * @param now milliseconds since 1970
   * @returns what left purgatory or is served no longer, as it was
   */
  async expire(now: number): Promise<readonly HeldEvent[]> {
    const all: HeldEvent[] = []
    for (let parts = 0; parts < MAX_EXPIRED_PARTS; parts++) {
      const some = await this.#write((trx) => expireSome(trx, now))
      if (some.length === 0) break
      all.push(...some)
    }
    return all.filter(({ status }) => status !== 'expired')
  }

  /** Is one of these served? Profiles, lists of users and deletions do not count. */
  isKnown(named: NamedEvents): Promise<boolean> {
    return this.#known.add(named)
  }

  /** Does a served event name this one, in an `e`, `E`, `q`, `a` or `A` tag? See `isKnown` for what does not count. */
  isNamed(event: NamedEvent): Promise<boolean> {
    return this.#naming.add(event)
  }

  /**
   * What is served and matches one of the filters, newest first, each event once, as JSON. A page is some megabytes
   * at most, and the next one is read when it is asked for.
   *
   * @param opts `limit`: of all filters together; each filter has its own beside it
   */
  async *pages(
    filters: readonly Filter[],
    { limit, looked }: { readonly limit: number; readonly looked?: Looked },
  ): AsyncGenerator<readonly string[]> {
    const { kysely } = this.#database
    for await (const places of positions(kysely, filters, limit, looked))
      yield* readEvents(kysely, places, this.#clock.now())
  }

  /** All of `pages` at once. */
  async query(filters: readonly Filter[], opts: { readonly limit: number }): Promise<readonly string[]> {
    const found: string[] = []
    for await (const page of this.pages(filters, opts)) found.push(...page)
    return found
  }

  /** `approximate`: there are more. @see NIP-45 */
  async count(
    filters: readonly Filter[],
    { looked }: { readonly looked?: Looked } = {},
  ): Promise<{ readonly count: number; readonly approximate: boolean }> {
    let count = 0
    for await (const places of positions(this.#database.kysely, filters, MAX_COUNT + 1, looked))
      count += places.length
    return { count: Math.min(count, MAX_COUNT), approximate: count > MAX_COUNT }
  }

  /**
   * Positions of what is served and matches, ascending by time and id: what is reconciled. @see NIP-77
   *
   * @returns `null`: they are more than `max`
   */
  vector(
    filter: Filter,
    { max, looked }: { readonly max: number; readonly looked?: Looked },
  ): Promise<readonly EventPosition[] | null> {
    return readVector(this.#database.kysely, filter, max, looked)
  }

  /** One after the other: what replaces, deletes and makes room must see what the others have written. */
  #write<T>(work: (trx: Trx) => Promise<T>): Promise<T> {
    return this.#database.transaction(async (trx) => {
      await this.#database.takeTurn(trx, 'nostr events')
      return work(trx)
    })
  }
}
