/** Which events only one of the two has, found out with somebody else's implementation. @see NIP-77 */
import { nip77 } from 'nostr-tools'
import type { NostrEvent } from 'nostr-tools/pure'
import { Relay, useWebSocketImplementation } from 'nostr-tools/relay'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { graspWorld, Signer, type GraspWorld } from '../support/grasp.ts'

/** More than fit into one message as they are. */
const EVENTS = 80
const EMPTY = '6100000200'

let w: GraspWorld
let events: NostrEvent[]
beforeAll(async () => {
  w = await graspWorld()
  events = Array.from({ length: EVENTS }, (_, n) =>
    new Signer(`n${n}`).sign({ kind: 10_317, age: 1 + (n % 7) }),
  )
  await Promise.all(events.map((event) => w.relay.publish(event)))
})
afterAll(() => w[Symbol.asyncDispose]())

/** What their side lacks and what ours lacks, when they have these. */
async function reconcile(theirs: readonly NostrEvent[]): Promise<{ have: string[]; need: string[] }> {
  useWebSocketImplementation(WebSocket)
  const relay = await Relay.connect(w.relayUrl)
  const storage = new nip77.NegentropyStorageVector()
  for (const event of theirs) storage.insert(event.created_at, event.id)
  storage.seal()
  const [have, need]: [string[], string[]] = [[], []]
  try {
    await new Promise<void>((resolve, reject) => {
      const sync = new nip77.NegentropySync(
        relay,
        storage,
        { kinds: [10_317] },
        {
          onhave: (id) => have.push(id),
          onneed: (id) => need.push(id),
          onclose: (reason) => (reason === undefined ? resolve() : reject(new Error(reason))),
        },
      )
      sync.start().catch(reject)
    })
    return { have: have.toSorted(), need: need.toSorted() }
  } finally {
    relay.close()
  }
}

const idsOf = (some: readonly NostrEvent[]) => some.map(({ id }) => id).toSorted()

test('what each side lacks is found', async () => {
  const lacked = events.slice(10, 15)
  const extra = [1, 2, 3].map(() => new Signer('x').sign({ kind: 10_317 }))
  const theirs = [...events.filter((event) => !lacked.includes(event)), ...extra]
  expect(await reconcile(theirs)).toEqual({ have: idsOf(extra), need: idsOf(lacked) })
})

test('who has nothing is told of everything, and what is served since as well', async () => {
  expect(await reconcile([])).toEqual({ have: [], need: idsOf(events) })
  const fresh = new Signer('fresh').sign({ kind: 10_317 })
  await w.publish(fresh)
  events.push(fresh)
  expect(await reconcile([])).toEqual({ have: [], need: idsOf(events) })
})

test('who has everything is told of nothing', async () => {
  expect(await reconcile(events)).toEqual({ have: [], need: [] })
})

test.each([
  ['no hex', 'zz'],
  ['nothing', ''],
  ['half a byte', '610'],
  ['what is cut off', '61ff'],
])('a message of %s ends the comparison with an error', async (_what, hex) => {
  await using client = await w.connect()
  client.send('NEG-OPEN', 'n', {}, hex)
  const [, id, message] = await client.take(([type]) => type === 'NEG-ERR')
  expect([id, message]).toEqual(['n', expect.stringMatching(/^invalid: /)])
  client.send('NEG-MSG', 'n', EMPTY)
  expect((await client.take(([type]) => type === 'NEG-ERR')).at(-1)).toMatch(/^closed: /)
})

test('a comparison that was closed, or never begun, cannot go on', async () => {
  await using client = await w.connect()
  client.send('NEG-OPEN', 'n', { kinds: [10_317] }, EMPTY)
  await client.take(([type, id]) => type === 'NEG-MSG' && id === 'n')
  client.send('NEG-CLOSE', 'n')
  client.send('NEG-MSG', 'n', EMPTY)
  expect((await client.take(([type]) => type === 'NEG-ERR')).at(-1)).toMatch(/^closed: /)
})

test('only so many comparisons are open at a time', async () => {
  await using client = await w.connect()
  for (let n = 0; n < 20; n++) {
    client.send('NEG-OPEN', `n${n}`, { kinds: [1] }, EMPTY)
    await client.take(([type, id]) => type === 'NEG-MSG' && id === `n${n}`)
  }
  client.send('NEG-OPEN', 'more', { kinds: [1] }, EMPTY)
  expect((await client.take(([type]) => type === 'NEG-ERR')).at(-1)).toMatch(/^blocked: /)
})
