/**
 * Which receivers were not there a moment ago, so that not each of their lines finds out by itself and
 * takes the places of others meanwhile. Of this process only; forgetting costs an attempt and nothing else.
 */
import { LRUCache } from 'lru-cache'
import type { Clock } from '../../../kernel/ports.ts'

const MAX_KNOWN = 10_000
/** A line is not kept waiting longer for what another one has seen. */
const LONGEST_MS = 30_000

export class Outages {
  readonly #clock: Pick<Clock, 'now'>
  /** By receiver: not before when it is tried again; 0: it is there. */
  readonly #known = new LRUCache<string, number>({ max: MAX_KNOWN })

  constructor(clock: Pick<Clock, 'now'>) {
    this.#clock = clock
  }

  /** When to come back, in milliseconds since 1970; `null`: it may be tried now. */
  until(receiver: string): number | null {
    const until = this.#known.get(receiver) ?? 0
    return until > this.#clock.now() ? until : null
  }

  isDown(receiver: string, retryAt: number): void {
    this.#known.set(receiver, Math.min(retryAt, this.#clock.now() + LONGEST_MS))
  }

  /** @returns whether that is news: it was away, or nothing was known of it */
  isUp(receiver: string): boolean {
    const isNews = this.#known.get(receiver) !== 0
    this.#known.set(receiver, 0)
    return isNews
  }

  /** Somebody has done something about it. */
  forget(receiver: string): void {
    this.#known.delete(receiver)
  }
}
