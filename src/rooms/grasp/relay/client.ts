/**
 * One connection: what it has proven, what it listens to, and what is said to it. Bounded in all of that: who
 * takes nothing of what is said is left.
 */
import { randomBytes } from 'node:crypto'
import type { Socket } from 'node:net'
import type { WebSocket } from 'ws'
import type { Filter } from '../../../nostr/filter.ts'
import type { Budget, Spending } from './budget.ts'
import { EventOrder } from './event-order.ts'
import { BOUNDS } from './limits.ts'
import type { Subscription } from './subscription.ts'

export interface ClientParts {
  readonly socket: WebSocket
  /** Below the socket. */
  readonly wire: Socket
  /** Network address, as the proxies that are trusted tell it. */
  readonly address: string
  /** Its own, and its address's. */
  readonly budgets: readonly Budget[]
}

/** What is being compared under one subscription id. */
export interface Reconciling {
  readonly filter: Filter
  /** Size of the filter, in characters. */
  readonly chars: number
  /** Names the set, as it was when the comparison began. */
  readonly set: string
}

export class Client {
  readonly address: string
  /** Keys that it has proven to hold. @see NIP-42 */
  readonly keys = new Set<string>()
  readonly challenge = randomBytes(16).toString('hex')
  readonly subscriptions = new Map<string, Subscription>()
  readonly reconciliations = new Map<string, Reconciling>()
  readonly events = new EventOrder()
  readonly #parts: ClientParts
  #wasAsked = false
  #bytesCounted = 0
  #wasHeard = true

  constructor(parts: ClientParts) {
    this.#parts = parts
    this.address = parts.address
  }

  say(...message: readonly unknown[]): void {
    this.sayText(JSON.stringify(message))
  }

  /** @param json of the event, made once for all who are told of it */
  sayEvent(subscription: string, json: string): void {
    this.sayText(`["EVENT",${JSON.stringify(subscription)},${json}]`)
  }

  sayText(text: string): void {
    const { socket } = this.#parts
    if (socket.readyState !== socket.OPEN) return
    if (socket.bufferedAmount > BOUNDS.waitingBytes) this.leave()
    else socket.send(text)
  }

  /** Asks it once to prove who it is. @see NIP-42, "AUTH" */
  askWhoItIs(): void {
    if (this.#wasAsked) return
    this.#wasAsked = true
    this.say('AUTH', this.challenge)
  }

  /** Counts it for the connection and for its address. @returns whether both may do that still */
  spend(what: Spending, amount?: number): boolean {
    return this.#parts.budgets.map((budget) => budget.spend(what, amount)).every(Boolean)
  }

  /** Work that a query turns out to make beside what it has cost already. @returns whether that may go on */
  spendRows(rows: number): boolean {
    return this.spend('queries', rows / BOUNDS.rowsOfQuery)
  }

  /** What has come over the wire since the last time, pings and the frames of messages included. */
  spendBytes(): boolean {
    const { bytesRead } = this.#parts.wire
    const more = bytesRead - this.#bytesCounted
    this.#bytesCounted = bytesRead
    return this.spend('bytes', more)
  }

  /** What is said until `uncork` goes out as one. */
  cork(): void {
    this.#parts.wire.cork()
  }

  uncork(): void {
    this.#parts.wire.uncork()
  }

  /** Resolves when there is room for more. @returns `false`: it is gone, or was left for taking nothing */
  async hasRoom(): Promise<boolean> {
    const { wire } = this.#parts
    if (wire.writableLength <= BOUNDS.fullBytes) return !wire.destroyed
    const taken = await drained(wire, BOUNDS.takesNothingMs)
    if (!taken) this.leave()
    return taken
  }

  /** It is there still. */
  noteHeard(): void {
    this.#wasHeard = true
  }

  /** Asks whether it is there still; leaves it when nothing was heard since it was asked before. */
  beat(): void {
    const { socket } = this.#parts
    if (!this.#wasHeard && !socket.isPaused) return this.leave()
    this.#wasHeard = false
    socket.ping()
  }

  /** Without a word: it would not get there. */
  leave(): void {
    this.#parts.socket.terminate()
  }

  /** @see RFC 6455 section 7.4.1 */
  close(code: number, reason: string): void {
    this.#parts.socket.close(code, reason)
  }
}

function drained(wire: Socket, withinMs: number): Promise<boolean> {
  if (wire.destroyed) return Promise.resolve(false)
  return new Promise((resolve) => {
    const settle = (taken: boolean) => () => {
      clearTimeout(timer)
      wire.off('drain', onDrain).off('close', onClose)
      resolve(taken)
    }
    const [onDrain, onClose] = [settle(true), settle(false)]
    const timer = setTimeout(onClose, withinMs)
    wire.once('drain', onDrain).once('close', onClose)
  })
}
