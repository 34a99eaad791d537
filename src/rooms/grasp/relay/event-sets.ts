/** Sets of events to be compared with another's: read once for all who ask for the same while nothing changes. */
import { hash } from 'node:crypto'
import { LRUCache } from 'lru-cache'
import type { Clock } from '../../../kernel/ports.ts'
import type { Filter } from '../../../nostr/filter.ts'
import { IdVector, type Item } from '../../../nostr/negentropy/id-vector.ts'
import { Turns } from '../turns.ts'
import type { Reconciling } from './client.ts'
import { BOUNDS } from './limits.ts'
import { refuse } from './refusal.ts'

/** Told of rows that are looked at; ends that by throwing. */
type Looked = (rows: number) => void

export interface EventSetsParts {
  readonly store: {
    /** `null`: more than `max`. */
    vector(
      filter: Filter,
      opts: { readonly max: number; readonly looked: Looked },
    ): Promise<readonly Item[] | null>
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
  /** One is read at a time: until it is a vector, a set takes several times its memory. */
  readonly #turns = new Turns()
  #changes = 0

  constructor(parts: EventSetsParts) {
    this.#parts = parts
  }

  /** Sets that are named from now on are read again. */
  change(): void {
    this.#changes++
  }

  /** Short, however long the filter is: names are remembered. @param filter its text */
  nameOf(filter: string): string {
    const minute = Math.floor(this.#parts.clock.now() / FRESH_MS)
    return `${this.#changes} ${minute} ${hash('sha256', filter, 'hex')}`
  }

  /**
   * As it was when it was named, if that is still remembered; else as it is: both sides end up with the same
   * events either way.
   *
   * @param looked of who asks first; is asked before anything is read
   * @throws RelayRefusal `blocked:` when it is too large
   */
  async vectorOf({ set, filter }: Reconciling, looked: Looked): Promise<IdVector> {
    const known = this.#vectors.get(set) ?? this.#reading.get(set)
    if (known) return known
    const reading = this.#turns.run('sets', () => this.#read(filter, looked))
    this.#reading.set(set, reading)
    try {
      const vector = await reading
      this.#vectors.set(set, vector, { size: vector.size + 1 })
      return vector
    } finally {
      this.#reading.delete(set)
    }
  }

  async #read(filter: Filter, looked: Looked): Promise<IdVector> {
    looked(0)
    const items = await this.#parts.store.vector(filter, { max: BOUNDS.reconciledEvents, looked })
    if (items === null) throw refuse('blocked', `more than ${BOUNDS.reconciledEvents} events; ask for less`)
    return new IdVector(items)
  }
}
