/** Tells whoever listens of each event that is served from now on, in this process. */
import type { VerifiedEvent } from '../../../nostr/event.ts'

export type EventListener = (event: VerifiedEvent) => void

export class LiveEvents {
  readonly #listeners = new Set<EventListener>()

  /** Called for every event that has just become one that may be shown, oldest first. Listeners must not throw. */
  tell(events: readonly VerifiedEvent[]): void {
    for (const event of events) for (const listener of this.#listeners) listener(event)
  }

  /** Dispose to listen no longer. */
  listen(listener: EventListener): Disposable {
    this.#listeners.add(listener)
    return { [Symbol.dispose]: () => void this.#listeners.delete(listener) }
  }
}
