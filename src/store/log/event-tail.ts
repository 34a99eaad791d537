/**
 * The newest part of the log, read once for everybody who follows it. Followers that are up to date are
 * served from memory; those far behind read the database.
 */
import { LRUCache } from 'lru-cache'
import type { StoredEvent } from '../../kernel/events.ts'
import type { Database } from '../database.ts'
import type { EventRow } from '../schema.ts'
import { toEvent, type EventLog } from './events.ts'
import { pageReader, type ReadPage } from './read-page.ts'

export interface EventPage {
  /** Oldest first. */
  readonly events: readonly StoredEvent[]
  /** There are more behind them. */
  readonly more: boolean
}

export interface EventTailParts {
  readonly database: Database
  readonly log: Pick<EventLog, 'onAppended' | 'lastSequence'>
  /** The log could not be read; it is tried again, and told once until it works. */
  readonly onFailed: (error: unknown) => void
}

const PAGE = 1_000
const MAX_KEPT = 2_000
const MAX_OLD_PAGES = 4
const OLD_PAGE_MS = 2_000
const MAX_KEPT_CHARS = 8 * 1024 * 1024
/** How often other servers', and commands', events are looked for. */
const LOOK_EVERY_MS = { postgres: 100, sqlite: 1_000 }

interface Kept {
  readonly event: StoredEvent
  readonly chars: number
}

export class EventTail implements Disposable {
  readonly #parts: EventTailParts
  readonly #read: ReadPage
  readonly #listeners = new Set<() => void>()
  readonly #timer: NodeJS.Timeout
  readonly #listening: Disposable
  /** Everything behind `#keptAfter`, up to `#position`. */
  #kept: Kept[] = []
  #keptChars = 0
  #keptAfter: number
  /** By the position that they begin behind; of the log, which only grows, nothing else would be read. */
  readonly #oldPages = new LRUCache<number, Promise<readonly StoredEvent[]>>({
    max: MAX_OLD_PAGES,
    ttl: OLD_PAGE_MS,
    ttlAutopurge: true,
  })
  #position: number
  /** Something may have been written that was not read yet. */
  #stale = false
  #failing = false
  #reading: Promise<void> | null = null

  private constructor(parts: EventTailParts, position: number) {
    this.#parts = parts
    this.#position = this.#keptAfter = position
    this.#read = pageReader(parts.database.kysely)
    this.#listening = parts.log.onAppended(() => this.#look())
    this.#timer = setInterval(() => this.#look(), LOOK_EVERY_MS[parts.database.engine])
    this.#timer.unref()
  }

  /** Begins at the end of the log. Dispose to stop looking. */
  static async open(parts: EventTailParts): Promise<EventTail> {
    return new EventTail(parts, await parts.log.lastSequence())
  }

  /** Sequence of the newest event that is known. */
  get position(): number {
    return this.#position
  }

  /** Position behind all that is committed. @throws AppError `UNAVAILABLE` */
  async end(): Promise<number> {
    this.#stale = true
    await this.#catchUp()
    return this.#position
  }

  /** Events after a position of the log; `0` is its beginning. @throws AppError `UNAVAILABLE` */
  async after(sequence: number): Promise<EventPage> {
    await this.#catchUp()
    if (sequence >= this.#position) return { events: [], more: false }
    if (sequence < this.#keptAfter) return this.#page(await this.#readOld(sequence))
    const from = firstBehind(this.#kept, sequence)
    return this.#page(this.#kept.slice(from, from + PAGE).map(({ event }) => event))
  }

  /** Calls `listener` when there is something new to read. Dispose to stop. */
  onNews(listener: () => void): Disposable {
    this.#listeners.add(listener)
    return { [Symbol.dispose]: () => void this.#listeners.delete(listener) }
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer)
    this.#listening[Symbol.dispose]()
    this.#listeners.clear()
    this.#oldPages.clear()
  }

  /** Those that begin at the same place, as all do after a start, go on together: each page is read once for them. */
  #readOld(after: number): Promise<readonly StoredEvent[]> {
    const known = this.#oldPages.get(after)
    if (known) return known
    const page = this.#read(after).then(({ rows }) => rows.map(toEvent))
    page.catch(() => this.#oldPages.delete(after))
    this.#oldPages.set(after, page)
    return page
  }

  #page(events: readonly StoredEvent[]): EventPage {
    return { events, more: (events.at(-1)?.sequence ?? this.#position) < this.#position }
  }

  /** Costs whoever has just committed nothing: the log is read when his turn of the event loop is over. */
  #look(): void {
    this.#stale = true
    if (this.#listeners.size > 0) setImmediate(() => void this.#catchUp().catch((err) => this.#note(err)))
  }

  #note(err: unknown): void {
    if (!this.#failing) this.#parts.onFailed(err)
    this.#failing = true
  }

  /** All that was written before the call is known when it resolves; what comes meanwhile keeps nobody waiting. */
  async #catchUp(): Promise<void> {
    await this.#reading // it may have begun too early
    if (this.#stale || this.#reading) await (this.#reading ??= this.#readNew())
  }

  async #readNew(): Promise<void> {
    try {
      this.#stale = false
      for (let more = true; more;) {
        const page = await this.#read(this.#position)
        this.#keep(page.rows)
        more = page.more
      }
      this.#failing = false
    } catch (err) {
      this.#stale = true
      throw err
    } finally {
      this.#reading = null
    }
  }

  #keep(rows: readonly EventRow[]): void {
    const last = rows.at(-1)
    if (!last) return
    this.#position = last.sequence
    for (const row of rows) {
      this.#kept.push({ event: toEvent(row), chars: row.data.length })
      this.#keptChars += row.data.length
    }
    this.#forgetOldest()
    for (const listener of this.#listeners) listener()
  }

  #forgetOldest(): void {
    let count = 0
    while (this.#keptChars > MAX_KEPT_CHARS || this.#kept.length - count > MAX_KEPT)
      this.#keptChars -= this.#kept[count++]!.chars
    const forgotten = this.#kept.splice(0, count).at(-1)
    if (forgotten) this.#keptAfter = forgotten.event.sequence
  }
}

/** Index of the first event behind a position; they are in order. */
function firstBehind(kept: readonly Kept[], sequence: number): number {
  let [low, high] = [0, kept.length]
  while (low < high) {
    const middle = (low + high) >>> 1
    if (kept[middle]!.event.sequence > sequence) high = middle
    else low = middle + 1
  }
  return low
}
