/** Tells one client what happens, from a position of the log on, until one of the two ends it. */
import { setImmediate as othersTurn } from 'node:timers/promises'
import { isOfTypes } from '../../../kernel/event-type.ts'
import type { StoredEvent } from '../../../kernel/events.ts'
import type { RepoId } from '../../../kernel/ids.ts'
import type { Principal } from '../../../kernel/principal.ts'
import type { EventTail } from '../../../store/log/event-tail.ts'
import { positionFrame, READING, type EventFrames } from './event-frames.ts'
import { News } from './news.ts'
import { Sight, type SightParts } from './sight.ts'
import type { StreamSocket } from './stream-socket.ts'
import type { Turnstile } from './turnstile.ts'

export interface EventStreamParts extends SightParts {
  readonly tail: Pick<EventTail, 'after' | 'onNews' | 'position'>
  readonly frames: EventFrames
  /** For those who are far behind: each holds a page of its own. */
  readonly catchingUp: Turnstile
  /** A client hears something at least so often. */
  readonly heartbeatMs: number
  /** How long it may leave what was sent to it. */
  readonly stallMs: number
}

/** What one client has asked for. */
export interface Subscription {
  readonly types: readonly string[] | undefined
  readonly repoId: RepoId | undefined
  /** The stream ends when `repoId` can no longer be read. */
  readonly endsWithRepository: boolean
  /** Position of the log behind which it begins. */
  readonly from: number
  /** Who is asking, as things stand now. @throws AppError when the credential is no longer valid */
  readonly authenticate: () => Principal | Promise<Principal>
}

/** How long a page is kept for a client that is busy; read again, it may have to come from disk. */
const PAGE_KEPT_MS = 200
/** Who is nearer to the end than this is told from memory that all share. */
const FAR_BEHIND = 200

/** `full`: the client has not taken all of it yet. */
type Turn = 'up-to-date' | 'more' | 'full' | 'over'

export class EventStream {
  readonly #parts: EventStreamParts
  readonly #subscription: Subscription
  readonly #socket: StreamSocket
  /** All up to here is either told or not for this client. */
  #position: number
  #heardAt = -Infinity

  constructor(parts: EventStreamParts, subscription: Subscription, socket: StreamSocket) {
    this.#parts = parts
    this.#subscription = subscription
    this.#socket = socket
    this.#position = subscription.from
  }

  /** Until the client is gone or may no longer listen. @throws AppError `INVALID_CREDENTIAL`, `UNAVAILABLE` */
  async run(): Promise<void> {
    using news = new News(this.#parts.tail)
    const { ended } = this.#socket
    ended.addEventListener('abort', () => news.ring(), { once: true })
    while (!ended.aborted) {
      const turn = await this.#turn()
      if (turn === 'over') return
      if (turn === 'more') await othersTurn()
      if (turn === 'full') await this.#patience()
      if (turn === 'up-to-date') await news.wait(this.#dueInMs())
    }
  }

  /** One page of the log. Nothing of it is held for a client that takes its time. */
  async #turn(): Promise<Turn> {
    using _place = this.#isFarBehind() ? await this.#parts.catchingUp.enter() : null
    const { events, more } = await this.#parts.tail.after(this.#position)
    const concerned = events.filter((event) => concerns(this.#subscription, event))
    if (concerned.length > 0 || this.#dueInMs() <= 0) {
      const outcome = await this.#tellAll(concerned)
      if (outcome !== 'told') return outcome
    }
    this.#position = events.at(-1)?.sequence ?? this.#position
    if (this.#dueInMs() <= 0) this.#write(more ? READING : positionFrame(this.#position))
    return more ? 'more' : 'up-to-date'
  }

  /** Who listens is asked anew whenever he was waited for. */
  async #tellAll(events: readonly StoredEvent[]): Promise<'told' | 'full' | 'over'> {
    const until = performance.now() + PAGE_KEPT_MS
    for (let left = events; ;) {
      const sight = new Sight(await this.#subscription.authenticate(), this.#parts)
      left = await this.#tell(left, sight)
      if (!(await this.#mayGoOn(sight))) return 'over'
      if (left.length === 0) return 'told'
      if (!(await this.#socket.takenWithin(Math.max(0, until - performance.now())))) return 'full'
    }
  }

  /** @returns those for which there is no room yet; the position tells how far this came */
  async #tell(events: readonly StoredEvent[], sight: Sight): Promise<readonly StoredEvent[]> {
    for (const [at, event] of events.entries()) {
      if (this.#socket.isFull) return events.slice(at)
      if (await sight.sees(event)) this.#write(this.#parts.frames.of(event))
      this.#position = event.sequence
    }
    return []
  }

  /** A client that does not take what it has is cut off: it comes back when it has time. */
  async #patience(): Promise<void> {
    if (!(await this.#socket.takenWithin(this.#parts.stallMs))) this.#socket.end()
  }

  async #mayGoOn(sight: Sight): Promise<boolean> {
    const { repoId, endsWithRepository } = this.#subscription
    return !endsWithRepository || repoId === undefined || (await sight.reads(repoId))
  }

  #isFarBehind(): boolean {
    return this.#parts.tail.position - this.#position > FAR_BEHIND
  }

  #write(frame: Buffer): void {
    this.#socket.write(frame)
    this.#heardAt = performance.now()
  }

  #dueInMs(): number {
    return this.#heardAt + this.#parts.heartbeatMs - performance.now()
  }
}

function concerns({ types, repoId }: Subscription, event: StoredEvent): boolean {
  if (event.denied === true || (repoId !== undefined && event.repoId !== repoId)) return false
  return isOfTypes(event.type, types)
}
