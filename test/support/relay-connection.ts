/** A client of a relay that says exactly what it is told to, and remembers every answer. It verifies nothing. */
import { once } from 'node:events'
import type { Filter } from 'nostr-tools/filter'
import type { NostrEvent } from 'nostr-tools/pure'
import { WebSocket, type ClientOptions, type RawData } from 'ws'

/** `["EVENT", …]`, `["OK", …]`, … */
export type RelayMessage = readonly [type: string, ...rest: unknown[]]

export interface Verdict {
  readonly accepted: boolean
  /** `invalid: …`, `purgatory: …`, or nothing. */
  readonly message: string
}

interface Waiter {
  readonly isFor: (message: RelayMessage) => boolean
  readonly resolve: (message: RelayMessage) => void
  readonly reject: (reason: Error) => void
}

const PATIENCE_MS = 10_000

export class RelayConnection implements AsyncDisposable {
  readonly #socket: WebSocket
  /** What has come, and nobody has taken yet. */
  readonly #inbox: RelayMessage[] = []
  readonly #waiters = new Set<Waiter>()
  #subscriptions = 0

  private constructor(socket: WebSocket) {
    this.#socket = socket
    socket.on('error', () => {}) // `close` follows
    socket.on('message', (data) => this.#receive(data))
    socket.on('close', () => {
      for (const { reject } of this.#waiters) reject(new Error('the relay has closed the connection'))
    })
  }

  /** @throws Error when the server does not answer with `101` */
  static async open(url: string, options: ClientOptions = {}): Promise<RelayConnection> {
    const socket = new WebSocket(url, options)
    const connection = new RelayConnection(socket)
    await once(socket, 'open')
    return connection
  }

  get isOpen(): boolean {
    return this.#socket.readyState === WebSocket.OPEN
  }

  send(...message: RelayMessage): void {
    this.sendText(JSON.stringify(message))
  }

  sendText(text: string): void {
    this.#socket.send(text)
  }

  /** The oldest message that nobody has taken yet, or the next one. @throws Error when none comes */
  async take(isFor: (message: RelayMessage) => boolean): Promise<RelayMessage> {
    const at = this.#inbox.findIndex(isFor)
    const [message] = at < 0 ? [] : this.#inbox.splice(at, 1)
    return message ?? (await this.#wait(isFor))
  }

  /** Messages of a type that have come so far; of one subscription if it is named. They stay. */
  seen(type: string, subscription?: string): readonly RelayMessage[] {
    return this.#inbox.filter(
      (message) => message[0] === type && (subscription === undefined || message[1] === subscription),
    )
  }

  async publish(event: NostrEvent): Promise<Verdict> {
    this.send('EVENT', event)
    const [, , accepted, message] = await this.take(([type, id]) => type === 'OK' && id === event.id)
    return { accepted: accepted === true, message: String(message) }
  }

  /** What is stored, as it comes. @throws Error with what the relay says when it closes the subscription */
  async req(...filters: Filter[]): Promise<readonly NostrEvent[]> {
    const id = this.subscribe(...filters)
    const events = await this.stored(id)
    this.send('CLOSE', id)
    return events
  }

  /** @returns id of the subscription */
  subscribe(...filters: Filter[]): string {
    const id = `sub-${++this.#subscriptions}`
    this.send('REQ', id, ...filters)
    return id
  }

  /** Everything of a subscription before its `EOSE`. */
  async stored(id: string): Promise<readonly NostrEvent[]> {
    const events: NostrEvent[] = []
    for (;;) {
      const [type, , content] = await this.take((message) => message[1] === id)
      if (type === 'EOSE') return events
      if (type !== 'EVENT') throw new Error(`${type}: ${String(content)}`)
      events.push(content as NostrEvent)
    }
  }

  /** The next event of a subscription. */
  async next(id: string): Promise<NostrEvent> {
    const [, , event] = await this.take((message) => message[0] === 'EVENT' && message[1] === id)
    return event as NostrEvent
  }

  /** @returns code of the close frame */
  async closed(): Promise<number> {
    const [code] = (await once(this.#socket, 'close')) as [number]
    return code
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#socket.readyState === WebSocket.CLOSED) return
    const closed = once(this.#socket, 'close')
    this.#socket.close()
    await closed
  }

  #receive(data: RawData): void {
    const message = JSON.parse((data as Buffer).toString()) as RelayMessage
    const waiter = [...this.#waiters].find(({ isFor }) => isFor(message))
    if (!waiter) return void this.#inbox.push(message)
    this.#waiters.delete(waiter) // the next one may come before whoever waited goes on
    waiter.resolve(message)
  }

  #wait(isFor: (message: RelayMessage) => boolean): Promise<RelayMessage> {
    const { promise, waiter, timer } = this.#waiter(isFor)
    this.#waiters.add(waiter)
    return promise.finally(() => {
      clearTimeout(timer)
      this.#waiters.delete(waiter)
    })
  }

  #waiter(isFor: Waiter['isFor']) {
    let waiter!: Waiter
    const promise = new Promise<RelayMessage>((resolve, reject) => (waiter = { isFor, resolve, reject }))
    const late = () => waiter.reject(new Error(`no such message; so far: ${JSON.stringify(this.#inbox)}`))
    return { promise, waiter, timer: setTimeout(late, PATIENCE_MS) }
  }
}
