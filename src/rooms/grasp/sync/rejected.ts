/**
 * Events of other relays that were refused. For a short while they are kept, as what makes them right often comes next;
 * for days their ids are, so that they are not fetched again.
 */
import { LRUCache } from 'lru-cache'
import { identifierOf, tagValues, type VerifiedEvent } from '../../../nostr/event.ts'
import { KIND } from '../../../nostr/kinds.ts'
import { parseCoordinate } from '../../../nostr/nip34/coordinate.ts'
import type { Rejections } from '../../../store/nostr/rejections.ts'
import type { Clock } from '../../../kernel/ports.ts'

interface Kept {
  readonly event: VerifiedEvent
  readonly names: ReadonlySet<string>
  readonly until: number
}

const KEEP_MS = 2 * 60_000
const MAX_KEPT = 2_000
const MAX_KEPT_CHARS = 8 * 1024 * 1024
/** It would be accepted at another time. */
const PASSING = /^(?:rate-limited|error):/

/** Refused until their author takes part, which nothing in them says. There are two of each. */
const OF_PEOPLE: readonly number[] = [KIND.metadata, KIND.relayList]

export class Rejected {
  readonly #rejections: Rejections
  readonly #clock: Clock
  readonly #kept: LRUCache<string, Kept>
  /** Ids of kept events, by what they name. */
  readonly #byName = new Map<string, Set<string>>()

  constructor(parts: { rejections: Rejections; clock: Clock }) {
    this.#rejections = parts.rejections
    this.#clock = parts.clock
    this.#kept = new LRUCache({
      max: MAX_KEPT,
      maxSize: MAX_KEPT_CHARS,
      sizeCalculation: ({ event }) => 1_000 + event.content.length + JSON.stringify(event.tags).length,
      dispose: (kept) => this.#unname(kept),
    })
  }

  /** Those that need not be fetched. */
  among(ids: readonly string[]): Promise<ReadonlySet<string>> {
    return this.#rejections.among(ids)
  }

  /** @param reason as the answer says it */
  async add(event: VerifiedEvent, reason: string): Promise<void> {
    if (PASSING.test(reason) || OF_PEOPLE.includes(event.kind)) return
    const names = new Set([...identifiersIn(event), ...idsIn(event)])
    this.#keep(event, names)
    await this.#rejections.add(event.id, names, reason)
  }

  /** Oldest first: what names that event, or that repository, and was refused a moment ago. */
  keptFor(name: string): readonly VerifiedEvent[] {
    const ids = [...(this.#byName.get(name) ?? [])]
    const kept = ids.flatMap((id) => this.#kept.get(id) ?? [])
    for (const id of ids) this.#kept.delete(id)
    const now = this.#clock.now()
    return kept
      .flatMap(({ event, until }) => (until > now ? [event] : []))
      .sort((a, b) => a.created_at - b.created_at)
  }

  /** More of that repository, or that event, is known now: what was refused may be fetched again. */
  reconsider(name: string): Promise<void> {
    return this.#rejections.reconsider(name)
  }

  /** Ids whose time is over. */
  forget(): Promise<void> {
    return this.#rejections.forget()
  }

  #keep(event: VerifiedEvent, names: ReadonlySet<string>): void {
    this.#kept.set(event.id, { event, names, until: this.#clock.now() + KEEP_MS })
    if (!this.#kept.has(event.id)) return
    for (const name of names) this.#byName.set(name, (this.#byName.get(name) ?? new Set()).add(event.id))
  }

  #unname({ event, names }: Kept): void {
    for (const name of names) {
      const ids = this.#byName.get(name)
      ids?.delete(event.id)
      if (ids?.size === 0) this.#byName.delete(name)
    }
  }
}

/** Of the repositories that it is about. */
export function identifiersIn(event: VerifiedEvent): ReadonlySet<string> {
  const isAbout = event.kind === KIND.announcement || event.kind === KIND.state
  const own = isAbout ? [identifierOf(event) ?? ''] : []
  const named = ['a', 'A', 'q'].flatMap((name) => tagValues(event, name))
  return new Set([...own, ...named.flatMap((value) => parseCoordinate(value)?.identifier ?? [])])
}

/** Of the events that it is about. */
function idsIn(event: VerifiedEvent): ReadonlySet<string> {
  return new Set(['e', 'E', 'q'].flatMap((name) => tagValues(event, name)))
}
