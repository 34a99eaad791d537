/** What a relay answers to one question for stored events. */
import type { NostrEvent } from '../../../nostr/event.ts'
import type { Filter } from '../../../nostr/filter.ts'

/** How a page, or a live subscription, ended. `patience`: it shall be asked again later. */
export type End = 'all' | 'closed' | 'patience'

/** Whoever has asked for these. */
export interface Listener {
  readonly filters: readonly Filter[]
  /** @param work resolves when the event has been dealt with */
  readonly heard: (event: NostrEvent, work: Promise<unknown>) => void
  readonly ended: (how: End) => void
}

export class StoredPage implements Listener {
  readonly filters: readonly Filter[]
  readonly ids = new Set<string>()
  /** Seconds since 1970; `null` of an empty page. */
  oldest: number | null = null
  /** Duplicates too. */
  events = 0
  readonly end: Promise<End>
  readonly #work = new Set<Promise<unknown>>()
  #resolve: (how: End) => void = () => {}

  constructor(filter: Filter) {
    this.filters = [filter]
    this.end = new Promise((resolve) => {
      this.#resolve = resolve
    })
  }

  readonly heard = ({ id, created_at }: NostrEvent, work: Promise<unknown>): void => {
    this.events++
    this.ids.add(id)
    this.oldest = Math.min(this.oldest ?? created_at, created_at)
    const done = work.finally(() => this.#work.delete(done))
    this.#work.add(done)
  }

  readonly ended = (how: End): void => this.#resolve(how)

  /** Resolves when all that came has been dealt with. */
  async dealtWith(): Promise<void> {
    await Promise.all(this.#work)
  }
}
