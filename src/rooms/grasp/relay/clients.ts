/** Everybody who is connected, from the first to the farewell. */
import { setTimeout as pause } from 'node:timers/promises'
import type { Client } from './client.ts'
import { BOUNDS } from './limits.ts'

/** @see RFC 6455 section 7.4.1 */
const GOING_AWAY = 1001

export class Clients {
  readonly #clients = new Set<Client>()
  readonly #answering = new Set<Promise<void>>()
  #isEnding = false
  #onEmpty: () => void = () => {}

  /** Nobody is to be taken any more. */
  get isEnding(): boolean {
    return this.#isEnding
  }

  add(client: Client): void {
    this.#clients.add(client)
  }

  delete(client: Client): void {
    this.#clients.delete(client)
    if (this.#clients.size === 0) this.#onEmpty()
  }

  /** Answers, unless the end has come: it waits for those that are under way. @param answer never rejects */
  async answering(answer: () => Promise<void>): Promise<void> {
    if (this.#isEnding) return
    const answered = answer()
    this.#answering.add(answered)
    await answered
    this.#answering.delete(answered)
  }

  /** Leaves whoever has not been heard of since the last time. */
  beat(): void {
    for (const client of this.#clients) client.beat()
  }

  /** What was said is answered, and what is said from now on is not; then everybody is taken leave of. */
  async end(): Promise<void> {
    this.#isEnding = true
    await within(BOUNDS.lastAnswersMs, Promise.all(this.#answering))
    for (const client of this.#clients) client.close(GOING_AWAY, 'the server is stopping')
    await within(BOUNDS.farewellMs, this.#empty())
    for (const client of this.#clients) client.leave()
  }

  #empty(): Promise<void> {
    if (this.#clients.size === 0) return Promise.resolve()
    return new Promise((resolve) => (this.#onEmpty = resolve))
  }
}

async function within(ms: number, done: Promise<unknown>): Promise<void> {
  const patience = new AbortController()
  await Promise.race([done, pause(ms, undefined, { signal: patience.signal }).catch(() => {})])
  patience.abort()
}
