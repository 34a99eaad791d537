/** Everybody who is connected, from the first to the farewell. */
import { setTimeout as pause } from 'node:timers/promises'
import type { Client } from './client.ts'

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

  /** Notes an answer that is under way. @returns the same */
  async answering(answer: Promise<void>): Promise<void> {
    this.#answering.add(answer)
    await answer
    this.#answering.delete(answer)
  }

  /** Leaves whoever has not been heard of since the last time. */
  beat(): void {
    for (const client of this.#clients) client.beat()
  }

  /**
   * What was said is answered, and what is said from now on is not.
   *
   * @param farewellMs after which whoever has not closed is left
   */
  async end(farewellMs: number): Promise<void> {
    this.#isEnding = true
    for (const client of this.#clients) client.stopListening()
    await Promise.all(this.#answering)
    for (const client of this.#clients) client.close(GOING_AWAY, 'the server is stopping')
    if (this.#clients.size > 0)
      await Promise.race([this.#empty(), pause(farewellMs, undefined, { ref: false })])
    for (const client of this.#clients) client.leave()
  }

  #empty(): Promise<void> {
    return new Promise((resolve) => (this.#onEmpty = resolve))
  }
}
