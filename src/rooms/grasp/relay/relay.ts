/** The relay: WebSockets at `/` of the server, each a client. It keeps no events itself, and decides about none. */
import type { IncomingMessage, Server } from 'node:http'
import type { Socket } from 'node:net'
import { WebSocketServer } from 'ws'
import { clientAddress } from '../../../http/client-address.ts'
import { Addresses, type AddressLimits } from './addresses.ts'
import { answerMessages, type AnswerParts } from './answer-message.ts'
import { Budget } from './budget.ts'
import { Client } from './client.ts'
import { Clients } from './clients.ts'
import { deliver } from './deliver.ts'
import { EventSets, type EventSetsParts } from './event-sets.ts'
import { BOUNDS, LIMITS } from './limits.ts'
import { listenTo } from './listen-to.ts'
import type { LiveEvents } from './live-events.ts'
import { SubscriptionIndex } from './subscription-index.ts'
import { answerInHttp, isAtRoot, isWebSocket, refuseUpgrade } from './upgrade.ts'

export interface RelayParts extends Omit<AnswerParts, 'subscriptions' | 'sets'> {
  readonly store: AnswerParts['store'] & EventSetsParts['store']
  readonly live: LiveEvents
  readonly limits: AddressLimits
  /** Whether clients are asked who they are as soon as they connect. */
  readonly asksAtOnce: boolean
  /** CIDR ranges. */
  readonly trustedProxies: readonly string[]
  readonly heartbeatMs?: number
}

/** Dispose before the server is closed: takes leave of all clients, and answers first what they have said. */
export function attachRelay(server: Server, parts: RelayParts): AsyncDisposable {
  const { clock, limits, heartbeatMs = BOUNDS.heartbeatMs } = parts
  const addresses = new Addresses(limits, clock)
  const clients = new Clients()
  const connect = connector(parts, clients)
  const addressOf = clientAddress(parts.trustedProxies)
  server.on('upgrade', (request: IncomingMessage, wire: Socket, head: Buffer) => {
    wire.on('error', () => {}) // 'close' follows, and says the same
    if (!isWebSocket(request)) return answerInHttp(server, request, wire)
    if (!isAtRoot(request)) return refuseUpgrade(wire, 404)
    if (clients.isEnding) return refuseUpgrade(wire, 503)
    const address = addressOf(request)
    const place = addresses.admit(address)
    if (place === null) return refuseUpgrade(wire, 429)
    wire.once('close', () => place[Symbol.dispose]())
    const budgets = [new Budget(limits.allowance, clock), place.budget]
    connect({ request, wire, head }, { address, budgets })
  })
  const heartbeat = setInterval(() => {
    clients.beat()
    addresses.forget()
  }, heartbeatMs).unref()
  return {
    async [Symbol.asyncDispose]() {
      clearInterval(heartbeat)
      await clients.end()
    },
  }
}

interface Upgrade {
  readonly request: IncomingMessage
  readonly wire: Socket
  /** What was sent behind the request. */
  readonly head: Buffer
}

/** What makes a client of an upgrade. */
function connector(parts: RelayParts, clients: Clients) {
  const subscriptions = new SubscriptionIndex()
  const sets = new EventSets(parts)
  const answer = answerMessages({ ...parts, subscriptions, sets })
  const sockets = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    maxPayload: LIMITS.messageBytes,
    perMessageDeflate: false,
  })
  parts.live.listen((event) => {
    sets.change()
    deliver(event, subscriptions)
  })
  return ({ request, wire, head }: Upgrade, of: { address: string; budgets: readonly Budget[] }): void => {
    sockets.handleUpgrade(request, wire, head, (socket) => {
      const client = new Client({ socket, wire, ...of })
      clients.add(client)
      socket.once('close', () => {
        clients.delete(client)
        subscriptions.closeAll(client)
      })
      listenTo(socket, client, (text) => clients.answering(() => answer(client, text)))
      if (parts.asksAtOnce) client.askWhoItIs()
    })
  }
}
