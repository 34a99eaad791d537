/** Messages between client and relay, their order and their errors. @see NIP-01 */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { graspWorld, Signer, type GraspWorld } from '../support/grasp.ts'
import type { RelayConnection } from '../support/relay-connection.ts'

let w: GraspWorld
let client: RelayConnection
beforeAll(async () => {
  w = await graspWorld()
  client = await w.connect()
})
afterAll(async () => {
  await client[Symbol.asyncDispose]()
  await w[Symbol.asyncDispose]()
})

/** Lists of servers are taken of everybody. */
function list(by = new Signer('somebody'), opts: { age?: number; tags?: string[][] } = {}) {
  return structuredClone(by.sign({ kind: 10_317, ...opts })) // without what the library notes on it
}

test('of several filters each event comes once, the newest first, each filter within its limit', async () => {
  const [a, b] = [new Signer('a'), new Signer('b')]
  const [old, middle, fresh] = [list(a, { age: 30 }), list(b, { age: 20 }), list(undefined, { age: 10 })]
  for (const event of [middle, fresh, old]) await client.publish(event)
  const authors = [a.pubkey, b.pubkey, fresh.pubkey]
  expect(await client.req({ authors }, { ids: [middle.id] })).toEqual([fresh, middle, old])
  expect(await client.req({ authors, limit: 1 }, { ids: [old.id] })).toEqual([fresh, old])
  expect(await client.req({ authors, since: middle.created_at, until: middle.created_at })).toEqual([middle])
})

test('limit 0 asks for nothing that is stored and for all that comes', async () => {
  const [stored, coming] = [list(), list()]
  await client.publish(stored)
  const id = client.subscribe({ authors: [stored.pubkey, coming.pubkey], limit: 0 })
  expect(await client.stored(id)).toEqual([])
  await client.publish(coming)
  expect(await client.next(id)).toEqual(coming)
  client.send('CLOSE', id)
})

test('an event goes to each subscription that it matches, and by whatever the filter names it', async () => {
  const event = list(new Signer('x'), { tags: [['g', 'wss://relay.example']] })
  const filters = [
    { ids: [event.id] },
    { authors: [event.pubkey] },
    { kinds: [10_317], '#g': ['wss://relay.example'] },
    { since: event.created_at },
    { kinds: [1, 10_317] },
  ]
  const subscriptions = filters.map((filter) => client.subscribe(filter as never))
  const other = client.subscribe({ '#g': ['wss://other.example'] } as never)
  for (const id of [...subscriptions, other]) await client.stored(id)
  await client.publish(event)
  for (const id of subscriptions) expect(await client.next(id)).toEqual(event)
  await client.req({ ids: [event.id] })
  expect(client.seen('EVENT', other)).toEqual([])
  for (const id of [...subscriptions, other]) client.send('CLOSE', id)
})

test('a subscription of the same id takes the place of the one before', async () => {
  const [first, second] = [list(), list()]
  client.send('REQ', 'same', { authors: [first.pubkey] })
  await client.stored('same')
  client.send('REQ', 'same', { authors: [second.pubkey] })
  await client.stored('same')
  await client.publish(first)
  await client.publish(second)
  expect(await client.next('same')).toEqual(second)
  expect(client.seen('EVENT', 'same')).toEqual([])
  client.send('CLOSE', 'same')
})

test('two connections may use the same id of a subscription', async () => {
  await using other = await w.connect()
  const event = list()
  for (const connection of [client, other]) {
    connection.send('REQ', 'mine', { authors: [event.pubkey] })
    await connection.stored('mine')
  }
  other.send('CLOSE', 'mine')
  await client.publish(event)
  expect(await client.next('mine')).toEqual(event)
  await other.req({ ids: [event.id] })
  expect(other.seen('EVENT', 'mine')).toEqual([])
})

test('an event that was sent before is accepted as a duplicate', async () => {
  const event = list()
  expect(await client.publish(event)).toEqual({ accepted: true, message: '' })
  const again = await client.publish(event)
  expect(again).toEqual({ accepted: true, message: expect.stringMatching(/^duplicate: /) as string })
})

test.each([
  ['no JSON', '{'],
  ['no list', '{"a":1}'],
  ['an empty list', '[]'],
  ['an unknown type', '["WHAT",1]'],
  ['a REQ without an id', '["REQ"]'],
  ['a REQ whose id is empty', '["REQ","",{}]'],
  ['an EVENT without one', '["EVENT"]'],
])('%s is answered with a NOTICE', async (_what, text) => {
  client.sendText(text)
  const [, message] = await client.take(([type]) => type === 'NOTICE')
  expect(message).toMatch(/^invalid: /)
})

test('a message in bytes is answered with a NOTICE', async () => {
  const socket = new WebSocket(w.relayUrl)
  await new Promise((resolve) => socket.once('open', resolve))
  socket.send(Buffer.from('["REQ","x",{}]'))
  const told = await new Promise<Buffer>((resolve) => socket.once('message', resolve))
  expect(told.toString()).toBe('["NOTICE","invalid: a message is text"]')
  socket.terminate()
})

test.each([
  ['no filter', []],
  ['a filter that is none', ['x']],
  ['an id that is short', [{ ids: ['abcd'] }]],
  ['a field that nobody knows', [{ search: 'x' }]],
])('a REQ with %s is closed with invalid', async (_what, filters) => {
  client.send('REQ', 'bad', ...filters)
  const [, , message] = await client.take(([type, id]) => type === 'CLOSED' && id === 'bad')
  expect(message).toMatch(/^invalid: /)
})

test('a forged event is refused, and the genuine one of the same id is taken afterwards', async () => {
  const genuine = list()
  const forged = { ...genuine, content: 'not what was signed' }
  const refused = { accepted: false, message: expect.stringMatching(/^invalid: /) as string }
  expect(await client.publish(forged)).toEqual(refused)
  expect(await client.publish({ ...genuine, sig: list().sig })).toEqual(refused)
  expect(await client.publish(genuine)).toEqual({ accepted: true, message: '' })
  expect(await client.req({ ids: [genuine.id] })).toEqual([genuine])
})

test('what stands beside the seven fields of an event is neither kept nor told', async () => {
  const event = list()
  await client.publish({ ...event, extra: '<script>' } as never)
  expect(await client.req({ ids: [event.id] })).toEqual([event])
})
