/** Client libraries of others publish to the relay and subscribe to it. Both verify what they are sent. */
import { Relay as ApplesauceRelay } from 'applesauce-relay'
import type { NostrEvent } from 'nostr-tools/pure'
import { Relay, useWebSocketImplementation } from 'nostr-tools/relay'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { happening } from '../support/between.ts'
import { graspWorld, type GraspWorld } from '../support/grasp.ts'

/** What both libraries can do, in each one's own way. */
interface Client extends Disposable {
  /** Resolves with what the relay says; rejects when it refuses. */
  publish(event: NostrEvent): Promise<string>
  /** Everything that is stored, and then, without end, what comes. */
  listen(filter: { '#q': string[] }, on: { event: (event: NostrEvent) => void; stored: () => void }): void
}

async function nostrTools({ relayUrl }: GraspWorld): Promise<Client> {
  useWebSocketImplementation(WebSocket)
  const relay = await Relay.connect(relayUrl)
  return {
    publish: (event) => relay.publish(event),
    listen: (filter, { event, stored }) => void relay.subscribe([filter], { onevent: event, oneose: stored }),
    [Symbol.dispose]: () => relay.close(),
  }
}

async function applesauce({ relayUrl }: GraspWorld): Promise<Client> {
  const relay = new ApplesauceRelay(relayUrl, { WebSocket: WebSocket as never })
  return {
    publish: async (event) => {
      const { ok, message = '' } = await relay.publish(event)
      if (!ok) throw new Error(message)
      return message
    },
    listen: (filter, { event, stored }) =>
      void relay.subscription([filter]).subscribe((answer) => (answer === 'EOSE' ? stored() : event(answer))),
    [Symbol.dispose]: () => relay.close(),
  }
}

let w: GraspWorld
beforeAll(async () => {
  w = await graspWorld()
})
afterAll(() => w[Symbol.asyncDispose]())

test.each([
  ['nostr-tools', nostrTools],
  ['applesauce-relay', applesauce],
])('%s publishes, reads what is stored and hears of what comes', async (_name, open) => {
  using client = await open(w)
  const { identifier } = await w.hosted()
  const coordinate = `30617:${w.owner.pubkey}:${identifier}`
  const [old, fresh] = [1, 2].map(() =>
    w.author.sign({ kind: 1, tags: [['q', coordinate]], content: w.identifier() }),
  )
  if (!old || !fresh) throw new Error('there are two')
  await client.publish(old)

  const heard: NostrEvent[] = []
  const [stored, came] = [happening(), happening()]
  const event = (one: NostrEvent) => {
    if (heard.push(one) === 2) came.happen()
  }
  client.listen({ '#q': [coordinate] }, { event, stored: () => stored.happen() })
  await stored.happened
  expect(heard.map(({ id }) => id)).toEqual([old.id])
  await client.publish(fresh)
  await came.happened
  expect(heard.map(({ id }) => id)).toEqual([old.id, fresh.id])

  const orphan = w.author.sign({ kind: 1, content: 'about nothing here' })
  await expect(client.publish(orphan)).rejects.toThrow()
})
