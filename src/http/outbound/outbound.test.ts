import { createServer, type Server } from 'node:net'
import { once } from 'node:events'
import type { AddressInfo, Socket } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openReceiver, type Behaviour, type Receiver } from '../../../test/support/receiver.ts'
import { Outbound } from './outbound.ts'
import { OutboundGuard } from './outbound-guard.ts'

const SHORT = { deadlineMs: 300, maxHeaderBytes: 8 * 1024 }
const FOR_EVER = new AbortController().signal

let receiver: Receiver
beforeAll(async () => {
  receiver = await openReceiver()
})
afterAll(() => receiver[Symbol.asyncDispose]())

function outbound(parts: { addresses?: () => readonly string[]; allow?: readonly string[] } = {}): Outbound {
  const { addresses = () => ['127.0.0.1'], allow = ['127.0.0.1'] } = parts
  return new Outbound(new OutboundGuard({ allow, resolve: async () => addresses() }), SHORT)
}

const post = (from: Outbound, url: string, signal = FOR_EVER) =>
  from.post({ url: new URL(url), headers: { 'content-type': 'text/plain' }, body: 'hello' }, signal)

test('what is posted arrives, and the answer is told', async () => {
  using from = outbound()
  receiver.behave({ status: 201, body: 'thanks\u001b[31m\n' })
  expect(await post(from, receiver.url)).toEqual({
    kind: 'answered',
    status: 201,
    excerpt: 'thanks [31m',
    retryAfterMs: null,
  })
  expect(await receiver.next()).toMatchObject({ method: 'POST', body: 'hello' })
})

test.each<[string, Behaviour, object]>([
  ['hangs', 'hang', { kind: 'failed', reason: 'it took too long' }],
  ['stalls in the middle of its answer', 'stall mid-body', { kind: 'failed', reason: 'it took too long' }],
  ['dies', 'die', { kind: 'failed', reason: 'the connection broke off' }],
  [
    'dies in the middle of its answer',
    'die mid-body',
    { kind: 'failed', reason: 'the connection broke off' },
  ],
  ['does not stop answering', 'endless', { kind: 'answered', status: 200, excerpt: 'x'.repeat(1024) }],
  [
    'redirects',
    { status: 302, headers: { location: 'http://10.0.0.1/' } },
    { kind: 'answered', status: 302 },
  ],
  ['has no time', { status: 429, headers: { 'retry-after': '7' } }, { status: 429, retryAfterMs: 7_000 }],
])('a receiver that %s', async (_what, behaviour, answer) => {
  using from = outbound()
  receiver.behave(behaviour)
  expect(await post(from, receiver.url)).toMatchObject(answer)
  receiver.release()
})

test('headers without end are no answer', async () => {
  await using server = await rawServer('HTTP/1.1 200 OK\r\n' + `x: ${'y'.repeat(200)}\r\n`.repeat(1_000))
  using from = outbound()
  expect(await post(from, server.url)).toEqual({ kind: 'failed', reason: 'the answer is not valid HTTP' })
})

test('a certificate that nobody vouches for is not accepted, and plain text is no TLS', async () => {
  using from = outbound()
  const url = receiver.url.replace('http:', 'https:')
  expect(await post(from, url)).toMatchObject({ kind: 'failed' })
})

test('nobody listens', async () => {
  const server = await rawServer('')
  await server[Symbol.asyncDispose]()
  using from = outbound()
  expect(await post(from, server.url)).toEqual({ kind: 'failed', reason: 'the connection was refused' })
})

test('a name that resolves to a private address later is refused then, and nothing is sent', async () => {
  receiver.behave({ status: 204, headers: { connection: 'close' } })
  let addresses = ['127.0.0.1']
  using from = outbound({ addresses: () => addresses })
  const url = `http://hook.example:${new URL(receiver.url).port}/`
  expect(await post(from, url)).toMatchObject({ kind: 'answered', status: 204 })
  const sent = receiver.received.length
  addresses = ['127.0.0.2']
  expect(await post(from, url)).toEqual({
    kind: 'failed',
    reason: 'the address is not public; see SLUICE_OUTBOUND_ALLOW',
  })
  expect(receiver.received).toHaveLength(sent)
})

test('a kept connection that has ended meanwhile costs no failure', async () => {
  receiver.behave({ status: 204 })
  using from = outbound()
  await post(from, receiver.url)
  await receiver.down()
  await receiver.up()
  expect(await post(from, receiver.url)).toMatchObject({ kind: 'answered', status: 204 })
})

test('one that ends kept connections late is sent nothing three times, and gets no more time-regression', async () => {
  let sent = 0
  await using server = await listening((socket) => {
    let isFirst = true
    socket.on('data', () => {
      sent++
      if (isFirst && sent <= 4) setTimeout(() => socket.write('HTTP/1.1 204 OK\r\n\r\n'), 50)
      else setTimeout(() => socket.resetAndDestroy(), 200)
      isFirst = false
    })
  })
  using from = outbound()
  await Promise.all(Array.from({ length: 4 }, () => post(from, server.url)))
  expect(await post(from, server.url)).toEqual({ kind: 'failed', reason: 'it took too long' })
  expect(sent).toBeLessThanOrEqual(6)
})

test('the signal ends it', async () => {
  receiver.behave('hang')
  using from = outbound()
  const stop = new AbortController()
  const sent = post(from, receiver.url, stop.signal)
  stop.abort(new Error('stopping'))
  await expect(sent).rejects.toThrow('stopping')
})

/** Says this to whoever connects, and nothing more. */
function rawServer(text: string) {
  return listening((socket) => socket.write(text))
}

async function listening(onConnection: (socket: Socket) => void) {
  const server: Server = createServer((socket) => {
    socket.on('error', () => {})
    onConnection(socket)
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      if (server.listening) await new Promise((done) => server.close(done))
    },
  }
}
