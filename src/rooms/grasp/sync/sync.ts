/**
 * Brings events of repositories that are announced here from the other relays that their announcements name. Decides
 * about none of them: that is the intake's business. Fetches no git data. @see GRASP-02, GRASP-03
 */
import type { VerifiedEvent } from '../../../nostr/event.ts'
import { KIND } from '../../../nostr/kinds.ts'
import { FollowedRelay, type FollowRelayParts } from './follow-relay.ts'
import { Followed, ROOT_KINDS, type FollowedParts } from './followed.ts'
import { readFollowed, type FollowedEvents } from './read-followed.ts'
import type { Reception } from './receive.ts'
import { identifiersIn, type Rejected } from './rejected.ts'

export interface SyncParts {
  readonly events: FollowedEvents
  readonly followed: FollowedParts
  readonly reception: Reception
  readonly rejected: Rejected
  readonly relay: Omit<FollowRelayParts, 'receive'>
  /** Something here went wrong; it is tried again. */
  readonly onFailed: (err: unknown) => void
}

/** Followed at all; connections are far fewer. */
const MAX_RELAYS = 10_000
/** So often it is looked at what is not announced any more. */
const READ_EVERY_MS = 3600_000

interface Told {
  readonly event: VerifiedEvent
  readonly isServed: boolean
}

interface Following {
  readonly relay: FollowedRelay
  readonly stop: AbortController
}

export class Sync implements AsyncDisposable {
  readonly #parts: SyncParts
  readonly #following = new Map<string, Following>()
  readonly #running = new Set<Promise<void>>()
  readonly #stop = new AbortController()
  #followed: Followed
  /** Accepted while it is read what is followed; `null`: that is not read now. */
  #meanwhile: Told[] | null = null

  constructor(parts: SyncParts) {
    this.#parts = parts
    this.#followed = new Followed(parts.followed)
  }

  /** Follows everything that is announced. */
  async start(): Promise<void> {
    await this.#read()
    this.#track(this.#readAgain())
  }

  /** Call for every event that was accepted, wherever it came from. */
  accepted(event: VerifiedEvent): void {
    this.#follow(event, false)
    if (event.kind === KIND.announcement) this.#reconsider(event, identifiersIn(event))
  }

  /** Call for every event that is served from now on, at once or after its git data came. */
  served(event: VerifiedEvent): void {
    this.#follow(event, true)
    this.#reconsider(event, ROOT_KINDS.includes(event.kind) ? [event.id] : [])
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort(new Error('the server is stopping'))
    for (const { stop } of this.#following.values()) stop.abort(this.#stop.signal.reason)
    await Promise.allSettled(this.#running)
  }

  async #read(): Promise<void> {
    const meanwhile: Told[] = (this.#meanwhile = [])
    const followed = await readFollowed(this.#parts.events, this.#parts.followed)
    for (const { event, isServed } of meanwhile) followed.accept(event, isServed)
    this.#meanwhile = null
    this.#followed = followed
    const relays = new Set(this.#followed.relays)
    for (const [url, { stop }] of this.#following)
      if (!relays.has(url)) stop.abort(new Error('it is unfollowed'))
    this.#tell(relays)
  }

  async #readAgain(): Promise<void> {
    const { signal } = this.#stop
    const { timers } = this.#parts.relay
    const passes = () => timers.wait(READ_EVERY_MS, signal).then(() => true, () => false) // prettier-ignore
    while (await passes()) {
      await this.#parts.rejected.forget().catch(this.#parts.onFailed)
      await this.#read().catch(this.#parts.onFailed)
    }
  }

  #follow(event: VerifiedEvent, isServed: boolean): void {
    this.#meanwhile?.push({ event, isServed })
    this.#tell(this.#followed.accept(event, isServed))
  }

  /**
   * What was refused because this one was not known.
   *
   * @param names for which ids that were refused may be fetched again
   */
  #reconsider(event: VerifiedEvent, names: Iterable<string>): void {
    const { rejected, reception, onFailed } = this.#parts
    const work = async () => {
      for (const name of names) await rejected.reconsider(name)
      for (const name of new Set([event.id, ...names])) await reception.retake(rejected.keptFor(name))
    }
    this.#track(work().catch(onFailed))
  }

  #tell(relays: ReadonlySet<string>): void {
    if (this.#stop.signal.aborted) return
    for (const relay of relays) {
      const following = this.#following.get(relay)
      if (following) following.relay.ring()
      else if (this.#following.size < MAX_RELAYS) this.#followRelay(relay)
    }
  }

  #followRelay(url: string): void {
    const { relay: parts, reception, onFailed } = this.#parts
    const receive = reception.receive.bind(reception)
    const relay = new FollowedRelay(url, { ...parts, receive }, () => this.#followed.interestsOf(url))
    const stop = new AbortController()
    this.#following.set(url, { relay, stop })
    this.#track(
      relay.follow(stop.signal).catch((err: unknown) => {
        this.#following.delete(url)
        if (!stop.signal.aborted) onFailed(err)
      }),
    )
  }

  #track(work: Promise<void>): void {
    const ended = work.finally(() => this.#running.delete(ended))
    this.#running.add(ended)
  }
}
