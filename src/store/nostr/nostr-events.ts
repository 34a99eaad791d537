/**
 * The events of this relay: those that are served, those in purgatory, and those that expired there. Which of them
 * may come in, and when one leaves purgatory, is decided elsewhere.
 */
import type { VerifiedEvent } from '../../nostr/event.ts'
import type { Filter } from '../../nostr/filter.ts'
import type { Clock } from '../../kernel/ports.ts'
import type { Database } from '../database.ts'
import type { EventSource, EventStatus, HeldEvent } from './held-event.ts'

export type { EventSource, EventStatus, HeldEvent } from './held-event.ts'

/** Conditions that all must be met; of each list one value suffices. */
export interface Wanted {
  readonly ids?: readonly string[]
  readonly kinds?: readonly number[]
  readonly authors?: readonly string[]
  /** `d` of addressable events. */
  readonly identifier?: string
  /** Values by one-letter names. Expired events are not found by these. */
  readonly tags?: ReadonlyMap<string, readonly string[]>
  /** Default: `served` and `purgatory`. */
  readonly statuses?: readonly EventStatus[]
}

/** `known`: it is served or in purgatory; `superseded`: by newer ones of its address. */
export type Holding = 'held' | 'known' | 'superseded' | 'deleted' | 'full'

export interface EventPosition {
  readonly created_at: number
  readonly id: string
}

export interface NostrEventsParts {
  readonly database: Database
  readonly clock: Clock
}

export class NostrEvents {
  readonly #parts: NostrEventsParts

  constructor(parts: NostrEventsParts) {
    this.#parts = parts
  }

  /** Whatever its status. */
  byId(id: string): Promise<HeldEvent | null> {
    return this.#todo(id)
  }

  /** Newest first. For small sets: everything that is found is read at once. */
  find(wanted: Wanted): Promise<readonly HeldEvent[]> {
    return this.#todo(wanted)
  }

  /** Puts it into purgatory, or back there when it has expired. @param waitsUntil milliseconds since 1970 */
  hold(
    event: VerifiedEvent,
    place: { readonly source: EventSource; readonly waitsUntil: number },
  ): Promise<Holding> {
    return this.#todo(event, place)
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
    return this.#todo(events, from)
  }

  /** Those in purgatory stay until then. @param waitsUntil milliseconds since 1970 */
  extend(ids: readonly string[], waitsUntil: number): Promise<void> {
    return this.#todo(ids, waitsUntil)
  }

  /** Forgets them, whatever their status. */
  drop(ids: readonly string[]): Promise<void> {
    return this.#todo(ids)
  }

  /** Does a served deletion of the same author name it? `serve` and `hold` look themselves. @see NIP-09 */
  isDeleted(event: VerifiedEvent): Promise<boolean> {
    return this.#todo(event)
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
    from: { readonly source: EventSource } = { source: 'client' },
  ): Promise<readonly HeldEvent[]> {
    return this.#todo(deletion, from)
  }

  /**
   * Ends what is over: purgatory becomes `expired`, what expires by itself (NIP-40) is removed, and what has been
   * expired for long is forgotten.
   *
   * @param now milliseconds since 1970
   * @returns what left purgatory or is no longer served, as it was before
   */
  expire(now: number): Promise<readonly HeldEvent[]> {
    return this.#todo(now)
  }

  /** Is one of these served? Profiles, lists and deletions do not count: they are part of no conversation. */
  isKnown(named: {
    readonly ids?: readonly string[]
    readonly addresses?: readonly string[]
  }): Promise<boolean> {
    return this.#todo(named)
  }

  /** Does a served event name this one, in an `e`, `E`, `q`, `a` or `A` tag? See `isKnown` for what does not count. */
  isNamed(event: { readonly id: string; readonly address: string | null }): Promise<boolean> {
    return this.#todo(event)
  }

  /**
   * What is served and matches one of the filters, newest first, each event once, as JSON. A page is some megabytes
   * at most, and the next one is read when it is asked for.
   *
   * @param limit of all filters together; each filter has its own beside it
   */
  pages(filters: readonly Filter[], opts: { readonly limit: number }): AsyncIterable<readonly string[]> {
    return this.#todo(filters, opts)
  }

  /** All of `pages` at once. */
  query(filters: readonly Filter[], opts: { readonly limit: number }): Promise<readonly string[]> {
    return this.#todo(filters, opts)
  }

  /** `approximate`: there are at least so many. @see NIP-45 */
  count(filters: readonly Filter[]): Promise<{ readonly count: number; readonly approximate: boolean }> {
    return this.#todo(filters)
  }

  /**
   * Positions of what is served and matches, ascending by time and id: what is reconciled. @see NIP-77
   *
   * @returns `null`: they are more than `max`
   */
  vector(filter: Filter, opts: { readonly max: number }): Promise<readonly EventPosition[] | null> {
    return this.#todo(filter, opts)
  }

  #todo(..._args: unknown[]): never {
    throw new Error(`not written yet: ${typeof this.#parts}`)
  }
}
