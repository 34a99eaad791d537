/**
 * One `REQ`: first what is stored, then what comes. What begins to be served in between is neither lost nor told
 * twice.
 */
import { eventJson, type VerifiedEvent } from '../../../nostr/event.ts'
import type { Filter } from '../../../nostr/filter.ts'
import { BOUNDS } from './limits.ts'

/** The store may show an event a little before it is told of. */
const OVERLAP_MS = 10_000
/** Where the id stands in the text of an event, and as much of it as a number holds. */
const ID = { at: '{"id":"'.length, digits: 13 } as const

/** Who subscribes: a client, as far as it is told of events. */
export interface Listener {
  readonly subscriptions: Map<string, Subscription>
  say(...message: readonly unknown[]): void
  sayEvent(subscription: string, json: string): void
  /** What is said until `uncork` goes out as one. */
  cork(): void
  uncork(): void
  /** Resolves when there is room for more. @returns `false`: it is gone */
  hasRoom(): Promise<boolean>
  leave(): void
}

export interface SubscriptionParts {
  readonly client: Listener
  readonly id: string
  readonly filters: readonly Filter[]
  /** Size of the filters, in characters. */
  readonly chars: number
}

export class Subscription {
  readonly client: Listener
  readonly id: string
  readonly filters: readonly Filter[]
  readonly chars: number
  /** What has come meanwhile; `null` when everything that is stored was sent. */
  #waiting: VerifiedEvent[] | null = []
  /** For some seconds: of thousands of events it is large, and a connection has many subscriptions. */
  #sent: Float64Array | null = null

  constructor({ client, id, filters, chars }: SubscriptionParts) {
    this.client = client
    this.id = id
    this.filters = filters
    this.chars = chars
  }

  /** It was neither closed nor replaced. */
  get isOpen(): boolean {
    return this.client.subscriptions.get(this.id) === this
  }

  /** @param json of the event */
  tell(event: VerifiedEvent, json: string): void {
    if (this.#waiting === null) {
      if (!this.#wasSent(event)) this.client.sayEvent(this.id, json)
    } else if (this.#waiting.push(event) > BOUNDS.waitingEvents) this.client.leave()
  }

  /**
   * Sends what is stored, as fast as the client takes it, `EOSE`, and what came meanwhile.
   *
   * @param stored pages of events as JSON, newest first
   */
  async begin(stored: AsyncIterable<readonly string[]>): Promise<void> {
    const ids: number[] = []
    for await (const page of stored) {
      for (const json of page) {
        if (!(await this.client.hasRoom()) || !this.isOpen) return
        this.client.sayEvent(this.id, json)
        ids.push(idOf(json))
      }
    }
    if (!this.isOpen) return
    this.client.say('EOSE', this.id)
    this.#sent = Float64Array.from(ids)
    setTimeout(() => (this.#sent = null), OVERLAP_MS).unref()
    const waiting = this.#waiting ?? []
    this.#waiting = null
    for (const event of waiting) this.tell(event, eventJson(event))
  }

  #wasSent(event: VerifiedEvent): boolean {
    return this.#sent?.includes(leading(event.id)) ?? false
  }
}

/** Events are stored as `eventJson` writes them. */
function idOf(json: string): number {
  return leading(json.slice(ID.at, ID.at + ID.digits))
}

function leading(id: string): number {
  return Number.parseInt(id.slice(0, ID.digits), 16)
}
