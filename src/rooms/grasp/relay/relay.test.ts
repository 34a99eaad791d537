import { once } from 'node:events'
import { request, type IncomingMessage } from 'node:http'
import { connect, type Socket } from 'node:net'
import { expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { bareRelay, listStore } from '../../../../test/support/bare-relay.ts'
import { Signer } from '../../../../test/support/grasp.ts'
import type { VerifiedEvent } from '../../../nostr/event.ts'
import { BOUNDS } from './limits.ts'

const author = new Signer('author')
const note = (content: string, tags: string[][] = []) =>
  author.sign({ kind: 1, content, tags }) as unknown as VerifiedEvent
const ids = (events: readonly { readonly id: string }[]) => events.map(({ id }) => id)

/** Opens when told. */
function gate() {
  let open!: () => void
  const opened = new Promise<void>((resolve) => (open = resolve))
  let arrive!: () => void
  const arrived = new Promise<void>((resolve) => (arrive = resolve))
  return { open, opened, arrive, arrived }
}

/** A store that shows what it has, and then waits before it says that this was all. */
function slowStore(events: readonly VerifiedEvent[], { arrive, opened }: ReturnType<typeof gate>) {
  const store = listStore(events)
  return {
    ...store,
    async *pages(...asked: Parameters<typeof store.pages>) {
      yield* store.pages(...asked)
      arrive()
      await opened
    },
  }
}

test('what begins to be served while stored events are sent comes after EOSE, and once', async () => {
  const [old, shown, fresh] = [note('old'), note('shown and told'), note('fresh')]
  const pause = gate()
  await using relay = await bareRelay({ store: slowStore([old, shown], pause) })
  await using client = await relay.connect()
  const id = client.subscribe({ kinds: [1] })
  await pause.arrived
  relay.live.tell([shown, fresh])
  pause.open()
  expect(ids(await client.stored(id))).toEqual([old.id, shown.id])
  expect((await client.next(id)).id).toBe(fresh.id)
})

test('what the store has shown is not told again when its news comes late', async () => {
  const [shown, fresh] = [note('shown'), note('fresh')]
  await using relay = await bareRelay({ store: listStore([shown]) })
  await using client = await relay.connect()
  const id = client.subscribe({ kinds: [1] })
  await client.stored(id)
  relay.live.tell([shown, fresh])
  expect((await client.next(id)).id).toBe(fresh.id)
})

test('a subscription that is closed while stored events are read gets nothing more', async () => {
  const pause = gate()
  await using relay = await bareRelay({ store: slowStore([], pause) })
  await using client = await relay.connect()
  const id = client.subscribe({ kinds: [1] })
  await pause.arrived
  client.send('CLOSE', id)
  client.send('COUNT', 'later', {})
  await client.take(([type]) => type === 'COUNT')
  pause.open()
  relay.live.tell([note('after')])
  await client.req({ kinds: [2] })
  expect(client.seen('EVENT', id)).toEqual([])
  expect(client.seen('EOSE', id)).toEqual([])
})

test('an event is taken after the one that it names, however long that takes to verify', async () => {
  const first = note('first')
  const second = note('second', [['e', first.id]])
  const pause = gate()
  await using relay = await bareRelay({
    verify: async (event) => {
      if (event.id === first.id) await pause.opened
      else pause.open()
      return event as VerifiedEvent
    },
  })
  await using client = await relay.connect()
  client.send('EVENT', first)
  await client.publish(second as never)
  expect(ids(relay.stored)).toEqual([first.id, second.id])
})

test('of a thousand messages at once so many are answered at a time, and all of them in the end', async () => {
  let most = 0
  let running = 0
  const store = listStore([])
  await using relay = await bareRelay({
    store: {
      ...store,
      async count(filters, opts) {
        most = Math.max(most, ++running)
        await new Promise(setImmediate)
        running--
        return store.count(filters, opts)
      },
    },
  })
  await using client = await relay.connect()
  for (let n = 0; n < 1_000; n++) client.send('COUNT', `c${n}`, {})
  for (let n = 0; n < 1_000; n++) await client.take(([type, id]) => type === 'COUNT' && id === `c${n}`)
  expect(most).toBe(BOUNDS.answering)
})

test('what fails inside is told without its cause, and logged', async () => {
  const fail = () => Promise.reject(new Error('disk 7 is on fire'))
  await using relay = await bareRelay({ take: fail, store: { ...listStore([]), count: fail } })
  await using client = await relay.connect()
  const { accepted, message } = await client.publish(note('x') as never)
  expect({ accepted, message }).toEqual({
    accepted: false,
    message: 'error: this could not be done now; try again later',
  })
  client.send('COUNT', 'c', {})
  expect(await client.take(([type]) => type === 'CLOSED')).toEqual(['CLOSED', 'c', message])
  expect(relay.logged).toHaveLength(2)
})

test('who takes nothing of what he is told is left, and nobody else', async () => {
  await using relay = await bareRelay()
  await using client = await relay.connect()
  const id = client.subscribe({ kinds: [1] })
  await client.stored(id)
  const deaf = new WebSocket(relay.url)
  await once(deaf, 'open')
  deaf.send(JSON.stringify(['REQ', 'all', { kinds: [1] }]))
  await once(deaf, 'message')
  deaf.pause()
  const large = note('x'.repeat(250_000))
  for (let n = 0; n < 100; n++) {
    relay.live.tell([{ ...large, id: n.toString(16).padStart(64, '0') }])
    await client.next(id)
  }
  deaf.resume()
  const [code] = (await once(deaf, 'close')) as [number]
  expect(code).toBe(1006) // without a close frame
})

test('half a frame holds a connection no longer than two heartbeats; answered pings hold it for ever', async () => {
  await using relay = await bareRelay({ heartbeatMs: 40 })
  await using client = await relay.connect()
  const silent = new WebSocket(relay.url)
  await once(silent, 'open')
  const wire = (silent as unknown as { _socket: Socket })._socket
  wire.write(Buffer.from([0x81, 0xff, 0, 0])) // text, 8 bytes of length, of which two come
  await once(wire, 'close')
  expect(client.isOpen).toBe(true)
  expect(await client.req({ kinds: [1] })).toEqual([])
})

test('a WebSocket anywhere but at / is 404 and closed; any other upgrade is answered over HTTP', async () => {
  await using relay = await bareRelay()
  const elsewhere = new WebSocket(`${relay.url}/health`)
  const [, answer] = (await once(elsewhere, 'unexpected-response')) as [unknown, IncomingMessage]
  expect(answer.statusCode).toBe(404)
  expect(answer.headers).toMatchObject({ 'access-control-allow-origin': '*', connection: 'close' })
  const headers = { connection: 'Upgrade, HTTP2-Settings', upgrade: 'h2c', 'http2-settings': 'AAMAAABk' }
  const plain = request({ host: '127.0.0.1', port: relay.port, path: '/x', headers }).end()
  const [response] = (await once(plain, 'response')) as [IncomingMessage]
  expect(response.statusCode).toBe(404)
  response.resume()
  await once(response, 'end')
})

test('an upgrade that is cut off or malformed takes no place for long', async () => {
  await using relay = await bareRelay({
    limits: { connections: 1, allowance: { events: 0, queries: 0, bytes: 0 } },
  })
  const wire = connect(relay.port, '127.0.0.1')
  wire.write('GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n')
  const [answer] = (await once(wire, 'data')) as [Buffer]
  expect(answer.toString()).toMatch(/^HTTP\/1\.1 400 /)
  await once(wire, 'close')
  await using client = await relay.connect()
  expect(await client.req({})).toEqual([])
})

test('when the server ends, what was said is answered, and everybody gets a close frame', async () => {
  const pause = gate()
  await using relay = await bareRelay({
    take: async () => {
      pause.arrive()
      await pause.opened
      return { accepted: true, message: 'after all' }
    },
  })
  await using client = await relay.connect()
  await using idle = await relay.connect()
  const published = client.publish(note('last words') as never)
  const codes = Promise.all([client.closed(), idle.closed()])
  await pause.arrived
  const ended = relay.end()
  await expect(relay.connect()).rejects.toThrow('503')
  pause.open()
  expect((await published).message).toBe('after all')
  expect(await codes).toEqual([1001, 1001])
  await ended
})
