import { expect, test } from 'vitest'
import { bareRelay, listStore } from '../../../../test/support/bare-relay.ts'
import { Signer } from '../../../../test/support/grasp.ts'
import { RelayConnection } from '../../../../test/support/relay-connection.ts'
import { BOUNDS } from './limits.ts'

const NONE = { connections: 0, allowance: { events: 0, queries: 0, bytes: 0 } }
const author = new Signer('author')
const note = () => author.sign({ kind: 1, content: String(Math.random()) })

function clockAt(start: number) {
  let at = start
  return { now: () => at, pass: (ms: number) => void (at += ms) }
}

test('an address has so many connections, and one more when one has ended', async () => {
  await using relay = await bareRelay({ limits: { ...NONE, connections: 2 } })
  const first = await relay.connect()
  await using _second = await relay.connect()
  await expect(relay.connect()).rejects.toThrow('429')
  await first[Symbol.asyncDispose]()
  await using third = await relay.connect()
  expect(await third.req({})).toEqual([])
})

test('who sends more events than allowed is told so, and is welcome again a minute later', async () => {
  const clock = clockAt(1e12)
  await using relay = await bareRelay({
    clock,
    limits: { ...NONE, allowance: { ...NONE.allowance, events: 2 } },
  })
  await using client = await relay.connect()
  await client.publish(note())
  await client.publish(note())
  const third = await client.publish(note())
  expect(third.accepted).toBe(false)
  expect(third.message).toMatch(/^rate-limited: /)
  clock.pass(60_000)
  expect((await client.publish(note())).accepted).toBe(true)
  expect(relay.stored).toHaveLength(3)
})

test.each([
  ['REQ', ['x', {}], 'CLOSED'],
  ['COUNT', ['x', {}], 'CLOSED'],
  ['NEG-OPEN', ['x', {}, '6100000200'], 'NEG-ERR'],
] as const)('%s beyond the allowance is refused with rate-limited', async (type, args, refused) => {
  await using relay = await bareRelay({
    clock: clockAt(1e12),
    limits: { ...NONE, allowance: { ...NONE.allowance, queries: 1 } },
  })
  await using client = await relay.connect()
  await client.req({})
  client.send(type, ...args)
  expect(await client.take(([answer]) => answer === refused)).toMatchObject([
    refused,
    'x',
    expect.stringMatching(/^rate-limited: /),
  ])
})

test.each([
  ['REQ', ['x', {}], 'CLOSED'],
  ['COUNT', ['x', {}], 'CLOSED'],
  ['NEG-OPEN', ['x', {}, '6100000200'], 'NEG-ERR'],
] as const)(
  'a %s that makes the work of many is paid like many, query-work-regression',
  async (type, args, refused) => {
    const limits = { ...NONE, allowance: { ...NONE.allowance, queries: 10 } }
    const pageRows = BOUNDS.rowsOfQuery / 2
    let pages = 0
    const store = listStore([])
    const work = (looked: (rows: number) => void) => {
      for (; pages < 1_000; pages++) looked(pageRows)
    }
    await using relay = await bareRelay({
      clock: clockAt(1e12),
      limits,
      store: {
        async *pages(filters, opts) {
          work(opts.looked)
          yield* store.pages(filters, opts)
        },
        async count(filters, opts) {
          work(opts.looked)
          return await store.count(filters, opts)
        },
        async vector(filter, opts) {
          work(opts.looked)
          return await store.vector(filter, opts)
        },
      },
    })
    await using client = await relay.connect()
    client.send(type, ...args)
    const [, , why] = await client.take(([answer]) => answer === refused)
    expect(why).toMatch(/^rate-limited: /)
    expect(pages).toBe(18)
    expect(relay.logged).toEqual([])
  },
)

test('sets to compare are read one at a time, however many are asked for, sets-at-once-regression', async () => {
  let [most, running] = [0, 0]
  const store = listStore([])
  await using relay = await bareRelay({
    store: {
      ...store,
      async vector(filter, opts) {
        most = Math.max(most, ++running)
        await new Promise(setImmediate)
        running--
        return await store.vector(filter, opts)
      },
    },
  })
  await using client = await relay.connect()
  for (let n = 0; n < BOUNDS.reconciliations; n++)
    client.send('NEG-OPEN', `n${n}`, { since: n }, '6100000200')
  for (let n = 0; n < BOUNDS.reconciliations; n++)
    await client.take(([type, id]) => type === 'NEG-MSG' && id === `n${n}`)
  expect(most).toBe(1)
})

test('comparisons keep no more text of filters than subscriptions may, kept-filters-regression', async () => {
  await using relay = await bareRelay()
  await using client = await relay.connect()
  const values = (n: number) => Array.from({ length: 90 }, (_, at) => `${n} ${at}`.padEnd(4_000))
  for (let n = 0; n < 3; n++) client.send('NEG-OPEN', `n${n}`, { '#t': values(n) }, '6100000200')
  const [, , why] = await client.take(([type, id]) => type === 'NEG-ERR' && id === 'n2')
  expect(why).toMatch(/^blocked: /)
  await expect(client.req({ '#t': values(3) })).rejects.toThrow('CLOSED: blocked')
})

test('an address that connects again and again spends one allowance', async () => {
  await using relay = await bareRelay({
    clock: clockAt(1e12),
    limits: { ...NONE, allowance: { ...NONE.allowance, queries: 1 } },
  })
  for (let n = 0; n < BOUNDS.addressShare; n++) {
    await using client = await relay.connect()
    await client.req({})
  }
  await using late = await relay.connect()
  await expect(late.req({})).rejects.toThrow('CLOSED: rate-limited')
})

test('addresses behind a trusted proxy are told apart; what others forward is not believed', async () => {
  const limits = { ...NONE, connections: 1 }
  const from = (address: string) => ({ headers: { 'x-forwarded-for': address } })
  await using trusting = await bareRelay({ limits, trustedProxies: ['127.0.0.0/8'] })
  await using _first = await RelayConnection.open(trusting.url, from('198.51.100.1'))
  await using _second = await RelayConnection.open(trusting.url, from('198.51.100.2'))
  await expect(RelayConnection.open(trusting.url, from('198.51.100.2'))).rejects.toThrow('429')
  await using strict = await bareRelay({ limits })
  await using _third = await RelayConnection.open(strict.url, from('198.51.100.1'))
  await expect(RelayConnection.open(strict.url, from('198.51.100.2'))).rejects.toThrow('429')
})

test('who sends more bytes than allowed is told so and sent away, be it in pings', async () => {
  await using relay = await bareRelay({
    limits: { ...NONE, allowance: { ...NONE.allowance, bytes: 4_000 } },
  })
  await using client = await relay.connect()
  await client.req({})
  const gone = client.closed()
  client.send('COUNT', 'x'.repeat(5_000), {})
  expect(await client.take(([type]) => type === 'NOTICE')).toMatchObject([
    'NOTICE',
    expect.stringMatching(/^rate-limited: /),
  ])
  expect(await gone).toBe(1008)
  const { WebSocket } = await import('ws')
  const pinging = new WebSocket(relay.url)
  await new Promise((resolve) => pinging.once('open', resolve))
  for (let n = 0; n < 100; n++) pinging.ping('x'.repeat(100))
  const [code] = await new Promise<[number]>((resolve) => pinging.once('close', (code) => resolve([code])))
  expect(code).toBe(1008)
})
