/**
 * A conversation with one relay, in which this server only asks. Whatever the relay does costs bounded work: what it
 * has not been asked for, or forges, ends the conversation.
 */
import type { NostrEvent } from '../../../nostr/event.ts'
import { matches, type Filter } from '../../../nostr/filter.ts'
import type { Reconciliation } from '../../../nostr/negentropy/reconciliation.ts'
import { InvalidEvent, parseEvent } from '../../../nostr/parse-event.ts'
import { Comparisons } from './comparisons.ts'
import { filterJson } from './filter-json.ts'
import { RelayFault } from './relay-fault.ts'
import { asksForPatience, parseRelayMessage, type RelayMessage } from './relay-messages.ts'
import type { RelaySocket } from './relay-socket.ts'
import { silence } from './silence.ts'
import { StoredPage, type Listener } from './stored-page.ts'
import type { Timers } from './timers.ts'
import { unlessAborted } from './unless-aborted.ts'
import { Valve, type Worth } from './valve.ts'

/** Takes an event that was asked for; must not throw. */
export type Receive = (event: NostrEvent) => Promise<Worth>

export interface RelayConnectionParts {
  readonly timers: Timers
  readonly receive: Receive
}

/** Its events have been received. */
export type Page = Pick<StoredPage, 'ids' | 'oldest'>

/** After which a relay that says nothing is not waited for any more. */
const SILENCE_MS = 30_000
const PATIENCE_MS = 65_000
const MAX_PATIENCE = 3
const MAX_FORGED = 20
/** Twice what is ever asked for. */
const MAX_PAGE_EVENTS = 1_000

export class RelayConnection {
  readonly #socket: RelaySocket
  readonly #timers: Timers
  readonly #receive: Receive
  readonly #valve: Valve
  readonly #listeners = new Map<string, Listener>()
  /** Requests of live subscriptions by name, those that were refused too. */
  readonly #live = new Map<string, string>()
  readonly #comparisons: Comparisons
  #names = 0
  #forged = 0
  #patienceUntil = 0

  constructor(socket: RelaySocket, { timers, receive }: RelayConnectionParts) {
    this.#socket = socket
    this.#timers = timers
    this.#receive = receive
    const { gone } = socket
    this.#valve = new Valve({ timers, gone, pause: () => socket.pause(), resume: () => socket.resume() })
    this.#comparisons = new Comparisons({
      send: (message) => socket.send(message),
      silence: (ms, signal) => this.#silence(ms, signal, () => null),
      gone,
    })
    socket.listen((text, bytes) => this.#read(parseRelayMessage(text), bytes))
  }

  /** Aborts when it is over, with a RelayFault. */
  get gone(): AbortSignal {
    return this.#socket.gone
  }

  /**
   * From now on what is new and matches is received. What the relay refuses is not asked of it again.
   *
   * @param live all subscriptions that there shall be, by name; only what has changed is said
   */
  subscribe(live: ReadonlyMap<string, readonly Filter[]>): void {
    for (const name of this.#live.keys()) if (!live.has(name)) this.#unsubscribe(name)
    for (const [name, filters] of live) {
      const request = JSON.stringify(filters.map((filter) => ({ ...filterJson(filter), limit: 0 })))
      if (this.#live.get(name) === request) continue
      this.#live.set(name, request)
      this.#listen(name, filters, request)
    }
  }

  /**
   * Asks for stored events; they have been received when it resolves. The relay may give fewer than match.
   *
   * @throws RelayFault
   */
  async stored(filter: Filter): Promise<Page> {
    for (let tries = 0; tries < MAX_PATIENCE; tries++) {
      await this.#patience()
      const page = await this.#page(filter)
      if (page !== null) return page
    }
    throw new RelayFault('unreachable', 'it asks for patience again and again')
  }

  /**
   * Finds out what the relay has and `ours` does not.
   *
   * @param ours over the events that match `filter` here
   * @returns ids that the relay claims; `null`: it does not do that, so ask for pages
   * @throws RelayFault
   * @see NIP-77
   */
  async reconcile(filter: Filter, ours: Reconciliation): Promise<readonly string[] | null> {
    if (!this.#comparisons.areMade) return null
    await this.#patience()
    return await this.#comparisons.make(this.#newName(), filter, ours)
  }

  end(fault: RelayFault): void {
    this.#socket.end(fault)
  }

  #listen(name: string, filters: readonly Filter[], request: string): void {
    const again = async () => {
      await this.#patience()
      if (this.#live.get(name) === request) this.#listen(name, filters, request)
    }
    this.#listeners.set(name, {
      filters,
      heard: () => {},
      ended: (how) => {
        if (how !== 'all') this.#listeners.delete(name)
        if (how === 'patience') void again().catch(() => {}) // the relay is gone
      },
    })
    this.#socket.send(['REQ', name, ...(JSON.parse(request) as unknown[])])
  }

  #unsubscribe(name: string): void {
    this.#live.delete(name)
    if (this.#listeners.delete(name)) this.#socket.send(['CLOSE', name])
  }

  /** @returns `null`: it is to be asked again later */
  async #page(filter: Filter): Promise<Page | null> {
    const name = this.#newName()
    const page = new StoredPage(filter)
    this.#listeners.set(name, page)
    const over = new AbortController()
    const endless = this.#silence(SILENCE_MS, over.signal, () => page.events).then(() => {
      throw new RelayFault('unreachable', 'it does not come to an end')
    })
    this.#socket.send(['REQ', name, filterJson(filter)])
    try {
      const how = await unlessAborted(Promise.race([page.end, endless]), this.gone)
      await unlessAborted(page.dealtWith(), this.gone)
      return how === 'patience' ? null : page
    } finally {
      over.abort()
      this.#unsubscribe(name)
    }
  }

  #silence(ms: number, signal: AbortSignal, heard: () => unknown): Promise<void> {
    return silence({ timers: this.#timers, ms, signal, heard, isShut: () => this.#valve.isShut })
  }

  async #patience(): Promise<void> {
    const ms = this.#patienceUntil - this.#timers.now()
    if (ms > 0) await this.#timers.wait(ms, this.gone)
  }

  #read(message: RelayMessage | null, bytes: number): void {
    if (message === null) return this.#noteForged('it sends what is no message')
    switch (message.type) {
      case 'EVENT':
        return this.#readEvent(message.subscription, message.event, bytes)
      case 'EOSE':
        return this.#listeners.get(message.subscription)?.ended('all')
      case 'CLOSED':
        return this.#closed(message.subscription, message.reason)
      case 'NOTICE':
        return this.#notice(message.text)
      case 'NEG-MSG':
        return this.#comparisons.answered(message.subscription, message.message)
      case 'NEG-ERR':
        return this.#comparisons.answered(message.subscription, null)
      case 'other':
    }
  }

  #readEvent(subscription: string, value: unknown, bytes: number): void {
    const done = this.#valve.begin(bytes)
    const listener = this.#listeners.get(subscription)
    if (!listener) return done('useless') // it was closed meanwhile
    const event = parsed(value)
    if (event === null || !listener.filters.some((filter) => matches(filter, event))) {
      done('forged')
      return this.#noteForged('it sends what nobody has asked for')
    }
    const work = this.#receive(event).then((worth) => {
      done(worth)
      if (worth === 'forged') this.#noteForged('it sends forged events')
    })
    listener.heard(event, work)
    if (listener instanceof StoredPage && listener.events > MAX_PAGE_EVENTS)
      this.end(new RelayFault('misbehaved', 'it does not come to an end'))
  }

  #noteForged(reason: string): void {
    if (++this.#forged > MAX_FORGED) this.end(new RelayFault('misbehaved', reason))
  }

  #closed(subscription: string, reason: string): void {
    const isPassing = asksForPatience(reason)
    if (isPassing) this.#patienceUntil = this.#timers.now() + PATIENCE_MS
    this.#listeners.get(subscription)?.ended(isPassing ? 'patience' : 'closed')
    this.#comparisons.answered(subscription, null)
  }

  /** It does not say what it is about: whatever is under way. */
  #notice(text: string): void {
    const isPassing = asksForPatience(text)
    if (isPassing) {
      this.#patienceUntil = this.#timers.now() + PATIENCE_MS
      for (const listener of this.#listeners.values())
        if (listener instanceof StoredPage) listener.ended('patience')
    }
    this.#comparisons.refused(!isPassing)
  }

  #newName(): string {
    return `once-${++this.#names}`
  }
}

/** @returns `null`: it is no event */
function parsed(value: unknown): NostrEvent | null {
  try {
    return parseEvent(value)
  } catch (err) {
    if (err instanceof InvalidEvent) return null
    throw err
  }
}
