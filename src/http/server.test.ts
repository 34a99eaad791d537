import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import type { FastifyInstance } from 'fastify'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import { afterEach, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { AppError } from '../kernel/errors.ts'
import { ANONYMOUS } from '../kernel/principal.ts'
import { closeWithin } from './closing.ts'
import { createServer, type ServerParts } from './server.ts'

const OPEN = { config: { access: { kind: 'open' } } } as const
const MAX = 2 * 1024 * 1024
const running: FastifyInstance[] = []
afterEach(async () => {
  await Promise.all(running.splice(0).map((app) => app.close()))
})

describe('every failure has the one envelope:', () => {
  const json = (body: string) => ({ method: 'POST', headers: { 'content-type': 'application/json' }, body })
  const ofType = (type: string) => ({ method: 'POST', headers: { 'content-type': type }, body: 'x' })
  const fault = (path: string) => [{ path, message: expect.any(String) as string }]

  test.each<[string, string, RequestInit, number, string, unknown]>([
    ['an unknown route', '/nowhere', {}, 404, 'NOT_FOUND', null],
    ['an unknown route before its body', '/nowhere', ofType('x/y'), 404, 'NOT_FOUND', null],
    ['another method', '/things/7', { method: 'DELETE' }, 405, 'METHOD_NOT_ALLOWED', { allow: 'GET, HEAD' }],
    ['bad JSON', '/things', json('{"a":'), 400, 'VALIDATION_ERROR', fault('')],
    ['__proto__ in JSON', '/things', json('{"__proto__":{}}'), 400, 'VALIDATION_ERROR', fault('')],
    ['another content type', '/things', ofType('text/plain'), 415, 'UNSUPPORTED_MEDIA_TYPE', null],
    ['a huge body', '/things', json('x'.repeat(MAX + 1)), 413, 'PAYLOAD_TOO_LARGE', { limitBytes: MAX }],
    ['bad percent encoding', '/things/%zz', {}, 400, 'VALIDATION_ERROR', fault('')],
    ['a bad parameter', '/things/seven', {}, 400, 'VALIDATION_ERROR', fault('params.id')],
    ['a bug', '/bug', {}, 500, 'INTERNAL_ERROR', null],
  ])('%s', async (_case, path, init, status, code, details) => {
    const { url } = await start()
    const answer = await fetch(url + path, init)
    expect(answer.status).toBe(status)
    expect(answer.headers.get('content-type')).toBe('application/json; charset=utf-8')
    expect(answer.headers.get('x-request-id')).toMatch(/^[\x21-\x7e]+$/)
    expect(await answer.json()).toEqual({ error: { code, message: expect.any(String), details } })
  })
})

test('405 names the methods that exist', async () => {
  const { url } = await start()
  const answer = await fetch(`${url}/things/7?x=1`, { method: 'PUT' })
  expect(answer.headers.get('allow')).toBe('GET, HEAD')
})

test('all faults of a body are told at once', async () => {
  const { url } = await start()
  const answer = await fetch(`${url}/things`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: '{"size":"x","parts":[{"n":true}]}',
  })
  const { error } = (await answer.json()) as { error: { details: { path: string }[] } }
  expect(error.details.map((fault) => fault.path)).toEqual(['name', 'size', 'parts.0.n'])
})

test('an empty body is no body, though it is called JSON', async () => {
  const { url } = await start()
  const answer = await fetch(`${url}/poke`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: '',
  })
  expect(answer.status).toBe(200)
})

test('the message of a bug stays in the log', async () => {
  const { url, logged } = await start()
  const answer = await fetch(`${url}/bug?token=hunter2`, { headers: { 'x-request-id': 'find-me' } })
  expect(await answer.text()).not.toContain('secret of the house')
  expect(logged).toMatchObject([
    { requestId: 'find-me', route: '/bug', err: { message: 'secret of the house' } },
  ])
  expect(JSON.stringify(logged)).not.toContain('hunter2')
})

describe('X-Request-Id', () => {
  test.each([
    ['is echoed', 'abc-123~', true],
    ['of 128 characters is echoed', 'x'.repeat(128), true],
    ['of 129 characters is replaced', 'x'.repeat(129), false],
    ['with spaces is replaced', 'a b', false],
    ['that looks like a token of ours is replaced', `slc_admin_${'x'.repeat(49)}`, false],
    ['that looks like a signed token is replaced', 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhIn0.c2ln', false],
  ])('%s', async (_claim, given, echoed) => {
    const { url } = await start()
    const answer = await fetch(`${url}/poke`, { method: 'POST', headers: { 'x-request-id': given } })
    expect(answer.headers.get('x-request-id') === given).toBe(echoed)
  })
})

describe('routes with text errors answer git in plain words:', () => {
  test('message and hint', async () => {
    const { url } = await start()
    const answer = await fetch(`${url}/git-route`)
    expect(answer.headers.get('content-type')).toBe('text/plain; charset=utf-8')
    expect(await answer.text()).toBe('not allowed\nask an owner\n')
  })

  test('at most 1 KiB', async () => {
    const { url } = await start()
    const answer = await fetch(`${url}/git-route?long`)
    expect((await answer.arrayBuffer()).byteLength).toBe(1024)
  })
})

test('401 carries both challenges and is never cached', async () => {
  const { url } = await start()
  const answer = await fetch(`${url}/members`)
  expect(answer.status).toBe(401)
  expect(answer.headers.get('www-authenticate')).toBe('Bearer realm="sluice", Basic realm="sluice"')
  expect(answer.headers.get('cache-control')).toBe('no-store')
})

describe('what never becomes a request is answered in the envelope too:', () => {
  test.each([
    ['garbage', 'garbage\r\n\r\n', /^HTTP\/1\.1 400 .*"VALIDATION_ERROR"/s],
    [
      'a header of a megabyte',
      `GET / HTTP/1.1\r\nHost: h\r\nX: ${'x'.repeat(1 << 20)}\r\n\r\n`,
      /^HTTP\/1\.1 431 .*"VALIDATION_ERROR"/s,
    ],
  ])('%s', async (_case, bytes, expected) => {
    const { app } = await start()
    expect(await exchange(app, bytes)).toMatch(expected)
  })
})

test('two Authorization headers are refused, though Node shows only the first', async () => {
  const { app } = await start()
  const head = ['GET /members HTTP/1.1', 'Host: h', 'Connection: close']
  const one = await exchange(app, [...head, 'Authorization: Bearer good', '', ''].join('\r\n'))
  expect(one).toMatch(/^HTTP\/1\.1 200 /)
  const two = await exchange(
    app,
    [...head, 'Authorization: Bearer good', 'authorization: Bearer good', '', ''].join('\r\n'),
  )
  expect(two).toMatch(/^HTTP\/1\.1 401 /)
})

describe('X-Forwarded-For is believed', () => {
  const forwarded = { 'x-forwarded-for': '203.0.113.9, 10.0.0.1' }
  test('from nobody by default', async () => {
    const { url } = await start()
    expect(await (await fetch(`${url}/address`, { headers: forwarded })).text()).toBe('127.0.0.1')
  })

  test('from a trusted proxy, up to the first address that is not one', async () => {
    const { url } = await start({ trustedProxies: ['127.0.0.0/8', '10.0.0.0/8'] })
    const headers = { 'x-forwarded-for': '1.1.1.1, 203.0.113.9, 10.0.0.1' }
    expect(await (await fetch(`${url}/address`, { headers })).text()).toBe('203.0.113.9')
  })

  test('from a trusted range only', async () => {
    const { url } = await start({ trustedProxies: ['192.0.2.0/24'] })
    expect(await (await fetch(`${url}/address`, { headers: forwarded })).text()).toBe('127.0.0.1')
  })
})

describe('CORS', () => {
  const origin = 'https://app.example'
  const preflight = { origin, 'access-control-request-method': 'DELETE' }

  test('answers a preflight of a configured origin', async () => {
    const { url } = await start({ corsOrigins: [origin] })
    const answer = await fetch(`${url}/things/7`, { method: 'OPTIONS', headers: preflight })
    expect(answer.status).toBe(204)
    expect(answer.headers.get('access-control-allow-origin')).toBe(origin)
    expect(answer.headers.get('access-control-allow-headers')).toContain('authorization')
  })

  test('gives a failure its headers as well, so that the page can read it', async () => {
    const { url } = await start({ corsOrigins: [origin] })
    const answer = await fetch(`${url}/nowhere`, { headers: { origin } })
    expect([answer.status, answer.headers.get('access-control-allow-origin')]).toEqual([404, origin])
  })

  test('is silent towards another origin', async () => {
    const { url } = await start({ corsOrigins: [origin] })
    const answer = await fetch(`${url}/things/7`, { headers: { origin: 'https://evil.example' } })
    expect(answer.headers.get('access-control-allow-origin')).toBeNull()
  })
})

test('a slow JSON request is logged by its route, a slow clone is not', async () => {
  const { url, logged } = await start({ slowRequestMs: 0 })
  await fetch(`${url}/things/7?token=hunter2`)
  await fetch(`${url}/git-route`)
  expect(logged).toMatchObject([{ route: '/things/:id', method: 'GET' }])
})

test('an upload may take hours and a quiet client keeps its connection for two minutes', async () => {
  const { app } = await start()
  expect(app.server.requestTimeout).toBe(0)
  expect(app.server.keepAliveTimeout).toBeGreaterThanOrEqual(120_000)
  expect(app.server.timeout, 'a connection without a byte in either direction').toBe(600_000)
  expect(app.server.headersTimeout).toBe(30_000)
})

test('closing lets a running request end and then takes the connection away', async () => {
  const { app, url, release, entered } = await start()
  const answer = fetch(`${url}/held`)
  await entered
  const closed = app.close()
  release()
  expect(await (await answer).text()).toBe('done')
  await closed
})

test('a request that does not end is cut off when its grace is over', async () => {
  const { app, url, entered } = await start()
  const answer = fetch(`${url}/held`)
  await entered
  await Promise.all([expect(answer).rejects.toThrow(), closeWithin(app, 5)])
})

test('a connection that was opened ahead of any request does not hold the end up', async () => {
  const { app, url } = await start()
  const ahead = connect(Number(new URL(url).port), '127.0.0.1')
  await once(app.server, 'connection')
  await Promise.all([once(ahead, 'close'), app.close()])
})

test('an answer that began before the end does not hold it up when it is through', async () => {
  const { app, url, release } = await start()
  const kept = connect(Number(new URL(url).port), '127.0.0.1')
  kept.write('GET /streamed HTTP/1.1\r\nhost: a\r\n\r\n')
  await once(kept, 'data')
  const closed = app.close()
  await expect.poll(() => app.server.listening, { interval: 5 }).toBe(false)
  release()
  await Promise.all([once(kept, 'close'), closed])
})

test('a request that is sent ahead of its turn begins when its turn comes', async () => {
  const { app, release, entered } = await start()
  const socket = connect((app.server.address() as AddressInfo).port, '127.0.0.1')
  const answers = text(socket)
  socket.write('GET /held HTTP/1.1\r\nhost: a\r\n\r\nPOST /things HTTP/1.1\r\nhost: a\r\n')
  socket.write(
    'content-type: application/json\r\ncontent-length: 34\r\n\r\n{"name":"a","size":1,"parts":[]}  ',
  )
  socket.write('GET /things/7 HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n')
  await entered
  release()
  expect((await answers).match(/done|"name":"a"|"id":"7"/g)).toEqual(['done', '"name":"a"', '"id":"7"'])
})

test('a request whose connection ends before its turn is never begun', async () => {
  const { app, begun, entered } = await start()
  const socket = connect((app.server.address() as AddressInfo).port, '127.0.0.1')
  const handed = new Promise<IncomingMessage>((resolve) =>
    app.server.on('request', (request: IncomingMessage) => request.url === '/things/8' && resolve(request)),
  )
  socket.write('GET /held HTTP/1.1\r\nhost: a\r\n\r\nGET /things/8 HTTP/1.1\r\nhost: a\r\n\r\n')
  await entered
  const request = await handed
  request.on('error', () => {})
  const ended = new Promise((resolve) => request.once('close', resolve))
  socket.destroy()
  await ended
  expect(begun).toEqual(['/held'])
})

test('of a connection only so many requests wait', async () => {
  const { app, begun, release } = await start()
  const socket = connect((app.server.address() as AddressInfo).port, '127.0.0.1')
  const answers = text(socket)
  const last = once(app.server, 'last')
  app.server.on('request', ({ url }: IncomingMessage) => url === '/things/0' && app.server.emit('last'))
  socket.write(
    'GET /held HTTP/1.1\r\nhost: a\r\n\r\n' + 'GET /things/7 HTTP/1.1\r\nhost: a\r\n\r\n'.repeat(32),
  )
  socket.write('GET /things/0 HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n')
  await last
  release()
  expect((await answers).match(/(?<=HTTP\/1\.1 )\d+/g)).toEqual([...Array<string>(33).fill('200'), '429'])
  expect(begun).toHaveLength(33)
})

async function start(overrides: Partial<ServerParts> = {}) {
  const logged: object[] = []
  const log = (fields: object) => void logged.push(fields)
  const app = createServer({
    log: { error: log, warn: log },
    trustedProxies: [],
    corsOrigins: [],
    isOpenToPages: false,
    slowRequestMs: 60_000,
    permission: {
      authenticate: async () => ({ ...ANONYMOUS, kind: 'user', accountId: 'a' }),
      find: async () => null,
      limit: async () => {},
      readGate: () => Promise.resolve(null),
      onForbidden: () => {},
    },
    ...overrides,
  })
  const gate = { release: () => {}, enter: () => {} }
  const entered = new Promise<void>((resolve) => (gate.enter = resolve))
  const held = new Promise<string>((resolve) => (gate.release = () => resolve('done')))
  app.get('/held', OPEN, () => {
    gate.enter()
    return held
  })
  app.get('/streamed', OPEN, (_request, reply) => {
    reply.hijack()
    reply.raw.writeHead(200).write('begun')
    void held.then(() => reply.raw.end())
  })
  routes(app)
  const begun: string[] = []
  app.addHook('preHandler', async ({ url }) => void begun.push(url))
  await app.listen({ host: '127.0.0.1', port: 0 })
  running.push(app)
  const { port } = app.server.address() as AddressInfo
  return { app, logged, begun, url: `http://127.0.0.1:${port}`, release: () => gate.release(), entered }
}

function routes(bare: FastifyInstance): void {
  const app = bare.withTypeProvider<ZodTypeProvider>()
  const params = z.object({ id: z.string().regex(/^\d+$/) })
  const body = z.object({ name: z.string(), size: z.number(), parts: z.array(z.object({ n: z.number() })) })
  app.get('/things/:id', { ...OPEN, schema: { params } }, (request) => request.params)
  app.post('/things', { ...OPEN, schema: { body } }, (request) => request.body)
  app.post('/poke', OPEN, () => 'ok')
  app.get('/bug', OPEN, () => {
    throw new Error('secret of the house')
  })
  app.get('/address', OPEN, (request) => request.ip)
  app.get('/members', { config: { access: { kind: 'signed-in' } } }, () => 'hello')
  app.get('/git-route', { config: { access: { kind: 'open' }, errors: 'text' } }, (request) => {
    const hint = request.url.endsWith('long') ? 'x'.repeat(5000) : 'ask an owner'
    throw new AppError('FORBIDDEN', { details: { hint } })
  })
}

/** Sends bytes as they are and reads until the server closes. */
async function exchange(app: FastifyInstance, bytes: string): Promise<string> {
  const socket = connect((app.server.address() as AddressInfo).port, '127.0.0.1')
  let answer = ''
  socket.setEncoding('utf8').on('data', (text: string) => (answer += text))
  socket.on('error', () => {})
  socket.write(bytes)
  await once(socket, 'close')
  return answer
}
