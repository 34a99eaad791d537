import Fastify from 'fastify'
import { describe, expect, test } from 'vitest'
import { AppError } from '../kernel/errors.ts'
import { ANONYMOUS } from '../kernel/principal.ts'
import { renderErrors } from './error-rendering.ts'
import { honourIdempotencyKeys, type IdempotencyStore, type RememberedResponse } from './idempotency.ts'
import { guardRoutes } from './permission.ts'

describe('the same Idempotency-Key', () => {
  test('and body: the first answer again, and the work is done once', async () => {
    const { post } = server()
    const first = await post('key', { name: 'a' })
    const again = await post('key', { name: 'a' })
    expect(first.statusCode).toBe(201)
    expect([again.statusCode, again.body, again.headers.location]).toEqual([201, first.body, '/things/1'])
    expect(again.headers['idempotent-replayed']).toBe('true')
    expect(again.headers['content-type']).toBe(first.headers['content-type'])
  })

  test('with another body: 409 IDEMPOTENCY_KEY_REUSED', async () => {
    const { post } = server()
    await post('key', { name: 'a' })
    const other = await post('key', { name: 'b' })
    expect([other.statusCode, other.json().error.code]).toEqual([409, 'IDEMPOTENCY_KEY_REUSED'])
  })

  test('with another precondition: 409, not the answer to the first one', async () => {
    const { post } = server()
    const first = await post('key', { name: 'taken' }, 'alice', { 'if-match': '"a"' })
    const again = await post('key', { name: 'taken' }, 'alice', { 'if-match': '"a"' })
    expect([again.body, again.headers['idempotent-replayed']]).toEqual([first.body, 'true'])
    for (const headers of [{ 'if-match': '"b"' }, {}]) {
      const other = await post('key', { name: 'taken' }, 'alice', headers)
      expect([other.statusCode, other.json().error.code]).toEqual([409, 'IDEMPOTENCY_KEY_REUSED'])
    }
  })

  test('of another principal is another key', async () => {
    const { post } = server()
    expect((await post('key', { name: 'a' }, 'alice')).body).toBe('{"number":1}')
    expect((await post('key', { name: 'a' }, 'bob')).body).toBe('{"number":2}')
  })

  test('while the first request runs: 409, try again', async () => {
    const { post, hold } = server()
    const held = hold()
    const first = post('key', { name: 'a' })
    await held.entered
    const second = await post('key', { name: 'a' })
    expect([second.statusCode, second.json().error.details.retryAfterSeconds]).toEqual([409, 1])
    held.release()
    expect((await first).statusCode).toBe(201)
    expect((await post('key', { name: 'a' })).body).toBe((await first).body)
  })

  test('after a refusal: the same refusal', async () => {
    const { post } = server()
    expect((await post('key', { name: 'taken' })).statusCode).toBe(409)
    const again = await post('key', { name: 'taken' })
    expect([again.statusCode, again.headers['idempotent-replayed']]).toEqual([409, 'true'])
  })

  test('after a race that was lost: a new try', async () => {
    const { post } = server()
    expect((await post('key', { name: 'stale' })).statusCode).toBe(409)
    const again = await post('key', { name: 'stale' })
    expect([again.statusCode, again.headers['idempotent-replayed']]).toEqual([409, undefined])
  })

  test('after a failure of ours: a new try', async () => {
    const { post } = server()
    expect((await post('key', { name: 'bug' })).statusCode).toBe(500)
    const again = await post('key', { name: 'bug' })
    expect([again.statusCode, again.headers['idempotent-replayed']]).toEqual([500, undefined])
  })
})

test.each(['', 'a b', 'x'.repeat(256)])('the key %j is refused', async (key) => {
  expect((await server().post(key, { name: 'a' })).statusCode).toBe(400)
})

test('a route that is not idempotent by key ignores it', async () => {
  const { app } = server()
  const send = () => app.inject({ method: 'POST', url: '/other', headers: { 'idempotency-key': 'k' } })
  expect([(await send()).body, (await send()).body]).toEqual(['1', '2'])
})

function server() {
  const app = Fastify()
  let number = 0
  let waiting: { enter(): void; until: Promise<void> } | null = null
  app.setErrorHandler(renderErrors({ error: () => {}, warn: () => {} }))
  guardRoutes(app, {
    authenticate: async ({ secret }) => ({ ...ANONYMOUS, kind: 'user', accountId: secret }),
    find: async () => null,
    limit: async () => {},
    readGate: () => Promise.resolve(null),
    onForbidden: () => {},
  })
  honourIdempotencyKeys(app, memoryStore())
  app.post('/other', { config: { access: { kind: 'open' } } }, () => String(++number))
  app.post<{ Body: { name: string } }>('/things', {
    config: { access: { kind: 'signed-in' }, idempotent: true },
    handler: async (request, reply) => {
      waiting?.enter()
      await waiting?.until
      if (request.body.name === 'taken') throw new AppError('ALREADY_EXISTS')
      if (request.body.name === 'stale') throw new AppError('REF_STALE')
      if (request.body.name === 'bug') throw new Error('bug')
      number++
      return reply.code(201).header('location', `/things/${number}`).send({ number })
    },
  })
  const post = (
    key: string,
    payload: object,
    who = 'alice',
    headers: Readonly<Record<string, string>> = {},
  ) =>
    app.inject({
      method: 'POST',
      url: '/things',
      headers: { authorization: `Bearer ${who}`, 'idempotency-key': key, ...headers },
      payload,
    })
  const hold = () => {
    let enter = () => {}
    let release = () => {}
    const entered = new Promise<void>((resolve) => (enter = resolve))
    const until = new Promise<void>((resolve) => (release = resolve))
    waiting = { enter, until }
    return { entered, release }
  }
  return { app, post, hold }
}

function memoryStore(): IdempotencyStore {
  const rows = new Map<string, { requestHash: string; response: RememberedResponse | null }>()
  const name = (key: object) => JSON.stringify(key)
  return {
    begin: async (key, requestHash) => {
      const row = rows.get(name(key))
      if (!row) {
        rows.set(name(key), { requestHash, response: null })
        return { state: 'first' }
      }
      if (row.requestHash !== requestHash) throw new AppError('IDEMPOTENCY_KEY_REUSED')
      return row.response ? { state: 'finished', response: row.response } : { state: 'running' }
    },
    finish: async (key, response) => {
      const row = rows.get(name(key))
      if (row) rows.set(name(key), { ...row, response })
    },
    abandon: async (key) => void rows.delete(name(key)),
  }
}
