/** Sets of events to be compared with another's: read once for all who ask for the same while nothing changes. */
import { LRUCache } from 'lru-cache'
import type { Clock } from '../../../kernel/ports.ts'
import type { Filter } from '../../../nostr/filter.ts'
import { IdVector, type Item } from '../../../nostr/negentropy/id-vector.ts'
import type { Reconciling } from './client.ts'
import { BOUNDS } from './limits.ts'
import { refuse } from './refusal.ts'

export interface EventSetsParts {
  readonly store: {
    /** `null`: more than `max`. */
    vector(filter: Filter, opts: { readonly max: number }): Promise<readonly Item[] | null>
  }
  readonly clock: Clock
}

/** In all sets that are remembered; each takes some 70 bytes. */
const MAX_ITEMS = 1_000_000
/** Events also end without one that says so. */
const FRESH_MS = 60_000

export class EventSets {
  readonly #parts: EventSetsParts
  readonly #vectors = new LRUCache<string, IdVector>({ maxSize: MAX_ITEMS })
  readonly #reading = new Map<string, Promise<IdVector>>()
  #changes = 0

  constructor(parts: EventSetsParts) {
    this.#parts = parts
  }

  /** Sets that are named from now on are read again. */
  change(): void {
    this.#changes++
  }

  /** @param filter as it was sent */
  nameOf(filter: unknown): string {
    const minute = Math.floor(this.#parts.clock.now() / FRESH_MS)
    return `${this.#changes} ${minute} ${JSON.stringify(filter)}`
  }

  /**
   * As it was when it was named, if that is still remembered; else as it is: both sides end up with the same
   * events either way.
   *
   * @throws RelayRefusal `blocked:` when it is too large
   */
  async vectorOf({ set, filter }: Reconciling): Promise<IdVector> {
    const known = this.#vectors.get(set) ?? this.#reading.get(set)
    if (known) return known
    const reading = this.#read(filter)
    this.#reading.set(set, reading)
    try {
      const vector = await reading
      this.#vectors.set(set, vector, { size: vector.size + 1 })
      return vector
    } finally {
      this.#reading.delete(set)
    }
  }

  async #read(filter: Filter): Promise<IdVector> {
    const items = await this.#parts.store.vector(filter, { max: BOUNDS.reconciledEvents })
    if (items === null) throw refuse('blocked', `more than ${BOUNDS.reconciledEvents} events; ask for less`)
    return new IdVector(items)
  }
}
