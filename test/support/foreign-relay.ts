/**
 * A relay of somebody else: it keeps what it is given, matches filters with a library that is not ours, and counts what
 * it is asked and what it sends. A test may give it bad manners.
 */
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { nip77 } from 'nostr-tools'
import { matchFilters, type Filter } from 'nostr-tools/filter'
import type { NostrEvent } from 'nostr-tools/pure'
import { WebSocketServer, type WebSocket } from 'ws'

/** All that is said where there is no difference. @see NIP-77, "Protocol Version" */
const VERSION = '61'

export type Heard = readonly [type: string, ...rest: unknown[]]

/** @returns whether that was the answer; else the relay answers as it should */
export type Manners = (say: (...message: unknown[]) => void, heard: Heard, socket: WebSocket) => boolean

export class ForeignRelay implements AsyncDisposable {
  readonly url: string
  /** Handshakes that were asked for. */
  connections = 0
  /** Everything that it was told, oldest first. */
  readonly heard: Heard[] = []
  /** Ids of the events that it has sent, oldest first. */
  readonly sent: string[] = []
  manners: Manners = () => false
  /** It compares sets of events, too, by a library that is not ours. @see NIP-77 */
  compares = false
  readonly #events = new Map<string, NostrEvent>()
  readonly #server: Server
  readonly #sockets = new WebSocketServer({ noServer: true })
  readonly #comparisons = new Map<string, nip77.Negentropy>()
  readonly #live = new Map<WebSocket, Map<string, Filter[]>>()
  readonly #waiting = new Set<() => void>()

  private constructor(server: Server) {
    this.#server = server
    this.url = `ws://127.0.0.1:${(server.address() as AddressInfo).port}/`
    server.on('upgrade', (request, socket, head) => {
      this.connections++
      this.#sockets.handleUpgrade(request, socket, head, (connection) => this.#serve(connection))
    })
  }

  static async open(): Promise<ForeignRelay> {
    const server = createServer((_request, response) => response.writeHead(404).end())
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    return new ForeignRelay(server)
  }

  /** Keeps it and tells whoever listens. */
  publish(...events: NostrEvent[]): void {
    for (const event of events) {
      this.#events.set(event.id, event)
      for (const [socket, subscriptions] of this.#live)
        for (const [id, filters] of subscriptions)
          if (matchFilters(filters, event)) this.#send(socket, id, event)
    }
  }

  /** Resolves when that is so; looked at whenever it is told something. */
  async until(isSo: () => boolean): Promise<void> {
    while (!isSo()) await new Promise<void>((resolve) => this.#waiting.add(resolve))
  }

  asked(type: string): readonly Heard[] {
    return this.heard.filter(([heard]) => heard === type)
  }

  /** Cuts every connection. */
  cut(): void {
    for (const socket of this.#live.keys()) socket.terminate()
  }

  get open(): number {
    return this.#live.size
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.cut()
    this.#server.close()
    await once(this.#server, 'close')
  }

  #serve(socket: WebSocket): void {
    this.#live.set(socket, new Map())
    socket.on('error', () => {})
    socket.on('close', () => {
      this.#live.delete(socket)
      this.#wake()
    })
    socket.on('message', (data: Buffer) => {
      const heard = JSON.parse(data.toString()) as Heard
      this.heard.push(heard)
      const say = (...message: unknown[]) => socket.send(JSON.stringify(message))
      if (!this.manners(say, heard, socket)) this.#answer(socket, say, heard)
      this.#wake()
    })
    this.#wake()
  }

  #answer(socket: WebSocket, say: (...message: unknown[]) => void, [type, first, ...rest]: Heard): void {
    const id = String(first)
    if (type === 'CLOSE') this.#live.get(socket)?.delete(id)
    else if (type === 'REQ') {
      const filters = rest as Filter[]
      this.#live.get(socket)?.set(id, filters)
      for (const event of this.#stored(filters)) this.#send(socket, id, event)
      say('EOSE', id)
    } else if (!type?.startsWith('NEG-')) return
    else if (this.compares) this.#compare(say, type, id, rest)
    else say('NOTICE', 'error: unknown message')
  }

  #compare(say: (...message: unknown[]) => void, type: string, id: string, rest: readonly unknown[]): void {
    if (type === 'NEG-CLOSE') return void this.#comparisons.delete(id)
    if (type === 'NEG-OPEN') this.#comparisons.set(id, this.#comparisonOf(rest[0] as Filter))
    const answer = this.#comparisons.get(id)?.reconcile(String(rest.at(-1)))
    say('NEG-MSG', id, answer ?? VERSION)
  }

  #comparisonOf(filter: Filter): nip77.Negentropy {
    const storage = new nip77.NegentropyStorageVector()
    for (const event of this.#events.values())
      if (matchFilters([filter], event)) storage.insert(event.created_at, event.id)
    storage.seal()
    return new nip77.Negentropy(storage, 60_000)
  }

  #stored(filters: readonly Filter[]): readonly NostrEvent[] {
    const newest = [...this.#events.values()].sort((a, b) => b.created_at - a.created_at)
    const found = filters.flatMap((filter) =>
      newest.filter((event) => matchFilters([filter], event)).slice(0, filter.limit ?? 500),
    )
    return [...new Set(found)]
  }

  #send(socket: WebSocket, subscription: string, event: NostrEvent): void {
    this.sent.push(event.id)
    socket.send(JSON.stringify(['EVENT', subscription, event]))
  }

  #wake(): void {
    for (const wake of this.#waiting) wake()
    this.#waiting.clear()
  }
}
