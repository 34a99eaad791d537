/** The relay alone on a server that has nothing else, with a list for a store. Everything is taken and served. */
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { eventJson, type NostrEvent, type VerifiedEvent } from '../../src/nostr/event.ts'
import { matches, type Filter } from '../../src/nostr/filter.ts'
import type { TakeEvent } from '../../src/rooms/grasp/intake/answer.ts'
import { LiveEvents } from '../../src/rooms/grasp/relay/live-events.ts'
import { attachRelay, type RelayParts } from '../../src/rooms/grasp/relay/relay.ts'
import { RelayConnection } from './relay-connection.ts'

export interface BareRelay extends AsyncDisposable {
  readonly port: number
  readonly url: string
  readonly live: LiveEvents
  /** What is served. */
  readonly stored: NostrEvent[]
  /** Messages about failures, and what failed. */
  readonly logged: unknown[]
  connect(): Promise<RelayConnection>
  /** As the server's end does. */
  end(): Promise<void>
}

/** @param more what differs from a relay without limits that takes everything */
export async function bareRelay(more: Partial<RelayParts> = {}): Promise<BareRelay> {
  const server = createServer((_request, response) => response.writeHead(404).end())
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const url = `ws://127.0.0.1:${port}`
  const live = new LiveEvents()
  const stored: NostrEvent[] = []
  const logged: unknown[] = []
  const note = (fields: object) => void logged.push(fields)
  const take: TakeEvent = (event) => {
    stored.push(event)
    live.tell([event])
    return Promise.resolve({ accepted: true, message: '' })
  }
  const relay = attachRelay(server, {
    verify: (event) => Promise.resolve(event as VerifiedEvent),
    take,
    store: listStore(stored),
    live,
    relayUrl: new URL(url),
    admission: () => null,
    asksAtOnce: false,
    limits: { connections: 0, allowance: { events: 0, queries: 0, bytes: 0 } },
    trustedProxies: [],
    clock: Date,
    log: { error: note, warn: note },
    ...more,
  })
  let ended: Promise<void> | null = null
  const end = () => (ended ??= Promise.resolve(relay[Symbol.asyncDispose]()))
  return {
    port,
    url,
    live,
    stored,
    logged,
    connect: () => RelayConnection.open(url),
    end,
    async [Symbol.asyncDispose]() {
      await end()
      server.close()
    },
  }
}

/** The store over a list of events. */
export function listStore(events: readonly NostrEvent[]): RelayParts['store'] {
  const found = (filters: readonly Filter[]) =>
    events.filter((event) => filters.some((filter) => matches(filter, event)))
  return {
    async *pages(filters, { limit }) {
      yield found(filters).slice(0, limit).map(eventJson)
    },
    count: (filters) => Promise.resolve({ count: found(filters).length, approximate: false }),
    vector: (filter, { max }) => {
      const those = found([filter])
      return Promise.resolve(those.length > max ? null : those)
    },
  }
}
