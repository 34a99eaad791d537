/** auth.md, section 5: how the client meets servers that refuse it, are busy, broken or hostile. */
import { inspect } from 'node:util'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import {
  CredentialCache,
  SluiceClient,
  SluiceError,
  type SluiceClientOptions,
} from '../../src/client/index.ts'
import { scriptedServer, type ScriptedServer } from '../support/scripted-server.ts'

const REPO = { org: 'acme', repo: 'app' }
const REPOSITORY = { id: 'an id', slug: 'app' }
const OK = { status: 200, body: REPOSITORY }
const UNAUTHORIZED = {
  status: 401,
  body: { error: { code: 'UNAUTHORIZED', message: 'credential is not valid', details: null } },
}
const busy = (status: number, retryAfter: string) => ({
  status,
  headers: { 'retry-after': retryAfter },
  body: { error: { code: 'RATE_LIMITED', message: 'too many requests', details: { retryAfterSeconds: 1 } } },
})

let server: ScriptedServer
let elsewhere: ScriptedServer
beforeAll(async () => {
  server = await scriptedServer()
  elsewhere = await scriptedServer()
})
afterAll(async () => {
  await server[Symbol.asyncDispose]()
  await elsewhere[Symbol.asyncDispose]()
})
beforeEach(() => elsewhere.play(OK))

let waits: number[]
let issued: number
beforeEach(() => {
  waits = []
  issued = 0
})

/** Its tokens are `secret-1`, `secret-2`, …; it has all the time of the world. */
function clientOf(options: Partial<SluiceClientOptions> = {}) {
  const cache = new CredentialCache({
    exchange: () => Promise.resolve({ token: `secret-${++issued}`, expiresInSeconds: 900 }),
  })
  const pause = (ms: number) => {
    waits.push(ms)
    return Promise.resolve()
  }
  return new SluiceClient({ baseUrl: server.url, credential: cache.for(server.url, ''), pause, ...options })
}

const tokens = () => server.heard.map(({ headers }) => headers.authorization)

/** What a call failed with; fails when it did not. */
async function failureOf(call: Promise<unknown>): Promise<SluiceError> {
  const failure = await call.then(
    () => expect.fail('it did not fail'),
    (error: unknown) => error,
  )
  expect(failure).toBeInstanceOf(SluiceError)
  return failure as SluiceError
}

describe('a credential that is refused', () => {
  test('is renewed once, and the request sent again with its body', async () => {
    server.play(UNAUTHORIZED, { status: 201, body: REPOSITORY })
    expect(await clientOf().repos.create({ body: { orgId: 'acme', name: 'app' } })).toEqual(REPOSITORY)
    expect(tokens()).toEqual(['Bearer secret-1', 'Bearer secret-2'])
    expect(server.heard.map(({ body }) => JSON.parse(body))).toEqual([
      { orgId: 'acme', name: 'app' },
      { orgId: 'acme', name: 'app' },
    ])
    const keys = server.heard.map(({ headers }) => headers['idempotency-key'])
    expect(keys[0]).toBe(keys[1])
  })

  test('is not renewed twice, not even when the server was busy in between', async () => {
    server.play(UNAUTHORIZED, busy(503, '1'), UNAUTHORIZED)
    expect(await failureOf(clientOf().repos.get(REPO))).toMatchObject({ code: 'UNAUTHORIZED', status: 401 })
    expect(tokens()).toEqual(['Bearer secret-1', 'Bearer secret-2', 'Bearer secret-2'])
  })

  test('is kept when the server says 403', async () => {
    server.play({
      status: 403,
      body: { error: { code: 'FORBIDDEN', message: 'not allowed', details: null } },
    })
    const client = clientOf()
    expect(await failureOf(client.repos.get(REPO))).toMatchObject({ code: 'FORBIDDEN', status: 403 })
    await failureOf(client.repos.get(REPO))
    expect(tokens()).toEqual(['Bearer secret-1', 'Bearer secret-1'])
  })

  test('is renewed once for many calls at the same time', async () => {
    server.play(({ headers }) => (headers.authorization === 'Bearer secret-1' ? UNAUTHORIZED : OK))
    const client = clientOf()
    await Promise.all(Array.from({ length: 20 }, () => client.repos.get(REPO)))
    expect(issued).toBe(2)
  })

  test('is the end where it is fixed, or nobody is named', async () => {
    server.play(UNAUTHORIZED)
    for (const credential of ['fixed', undefined]) {
      server.heard.length = 0
      const client = new SluiceClient({ baseUrl: server.url, ...(credential ? { credential } : {}) })
      expect(await failureOf(client.repos.get(REPO))).toMatchObject({ code: 'UNAUTHORIZED' })
      expect(tokens()).toEqual([credential && `Bearer ${credential}`])
    }
  })
})

describe('a server that is busy', () => {
  test.each([429, 503])('%d: is asked again when it says', async (status) => {
    server.play(busy(status, '7'), busy(status, '2'), OK)
    expect(await clientOf().repos.get(REPO)).toEqual(REPOSITORY)
    expect(waits[0]).toBeGreaterThanOrEqual(7_000)
    expect(waits[0]).toBeLessThanOrEqual(8_750)
    expect(waits[1]).toBeGreaterThanOrEqual(2_000)
    expect(waits).toHaveLength(2)
  })

  test('is asked again with the same Idempotency-Key', async () => {
    server.play(busy(503, '0'), { status: 201, body: REPOSITORY })
    await clientOf().repos.create({ body: { orgId: 'acme', name: 'app' } })
    const keys = server.heard.map(({ headers }) => headers['idempotency-key'])
    expect(keys).toEqual([expect.stringMatching(/^[0-9a-f]{32}$/), keys[0]])
  })

  test('is not asked again for what might be done twice', async () => {
    server.play(busy(503, '0'), OK)
    const client = clientOf()
    expect(await failureOf(client.repos.archive(REPO))).toMatchObject({ status: 503 })
    server.play(busy(429, '0'), OK)
    expect(await failureOf(client.repos.update({ ...REPO, body: {} }))).toMatchObject({ status: 429 })
    expect(server.heard).toHaveLength(1)
  })

  test('is given up after so many times, or when it asks for too much', async () => {
    server.play(busy(429, '1'))
    const failure = await failureOf(clientOf({ retry: { times: 2 } }).repos.get(REPO))
    expect(failure).toMatchObject({ code: 'RATE_LIMITED', status: 429, details: { retryAfterSeconds: 1 } })
    expect(server.heard).toHaveLength(3)
    server.play(busy(429, '3600'))
    await failureOf(clientOf().repos.get(REPO))
    expect(server.heard).toHaveLength(1)
  })

  test('does not hold a caller who gives up', async () => {
    server.play(busy(429, '30'), OK)
    const impatient = new AbortController()
    const pause = (_ms: number, signal?: AbortSignal) =>
      new Promise<void>((_resolve, reject) => {
        signal?.addEventListener('abort', () => reject(signal.reason as Error))
        impatient.abort(new Error('enough'))
      })
    const call = clientOf({ pause }).repos.get(REPO, { signal: impatient.signal })
    await expect(call).rejects.toThrow('enough')
    expect(server.heard).toHaveLength(1)
  })
})

describe('a server that points elsewhere', () => {
  const to = (location: string, status = 301) => ({ status, headers: { location } })

  test.each([301, 302, 307, 308])(
    '%d to another host is not followed: the credential stays',
    async (status) => {
      server.play(to(`${elsewhere.url}/repos/acme/app`, status))
      expect(await failureOf(clientOf().repos.get(REPO))).toMatchObject({ code: 'REDIRECTED', status })
      expect(elsewhere.heard).toEqual([])
    },
  )

  test('reading goes on within the server, as for a repository that was renamed', async () => {
    server.play(to('/repos/acme/new-name'), OK)
    expect(await clientOf().repos.get(REPO)).toEqual(REPOSITORY)
    expect(server.heard.map(({ url }) => url)).toEqual(['/repos/acme/app', '/repos/acme/new-name'])
  })

  test('nothing is written where it points', async () => {
    server.play(to('/repos/acme/new-name', 308), OK)
    const writing = clientOf().repos.create({ body: { orgId: 'acme', name: 'app' } })
    expect(await failureOf(writing)).toMatchObject({ code: 'REDIRECTED' })
    expect(server.heard).toHaveLength(1)
  })

  test.each(['/repos/acme/app', 'not a url:', '//'])(
    'a way that ends nowhere is given up: %s',
    async (location) => {
      server.play(to(location))
      expect(await failureOf(clientOf().repos.get(REPO))).toMatchObject({ code: 'REDIRECTED' })
      expect(server.heard.length).toBeLessThan(10)
    },
  )

  test('the next page is on this server, whatever a list says', async () => {
    const link = `<${elsewhere.url}/repos?cursor=c2>; rel="next"`
    server.play({ status: 200, headers: { link }, body: [REPOSITORY] }, { status: 200, body: [REPOSITORY] })
    expect(
      await clientOf()
        .repos.list({ query: { limit: 1, offset: 3 } })
        .all(),
    ).toHaveLength(2)
    expect(server.heard.map(({ url }) => url)).toEqual([
      '/repos?offset=3&limit=1',
      '/repos?limit=1&cursor=c2',
    ])
    expect(elsewhere.heard).toEqual([])
  })
})

describe('an answer that is no answer', () => {
  test.each([
    [{ status: 200, body: '<html>' }, 'MALFORMED_ANSWER'],
    [{ status: 200, body: '' }, 'MALFORMED_ANSWER'],
    [{ status: 200, headers: { 'content-type': 'text/html' }, body: '<html>' }, 'MALFORMED_ANSWER'],
    [{ status: 500, body: '<html>' }, 'MALFORMED_ANSWER'],
    [{ status: 502, body: '' }, 'MALFORMED_ANSWER'],
    [{ status: 404, body: 'null' }, 'MALFORMED_ANSWER'],
    [{ status: 404, body: { error: 7 } }, 'MALFORMED_ANSWER'],
    [{ status: 404, body: { error: { code: 'NEW_CODE', message: 'of a newer server' } } }, 'NEW_CODE'],
  ])('%j is %s', async (answer, code) => {
    server.play(answer)
    expect(await failureOf(clientOf().repos.get(REPO))).toMatchObject({ code, status: answer.status })
  })

  test('a list that is none is MALFORMED_ANSWER', async () => {
    server.play(OK)
    expect(await failureOf(clientOf().repos.list().all())).toMatchObject({ code: 'MALFORMED_ANSWER' })
  })

  test('nobody there is NO_ANSWER, and the cause says why', async () => {
    const gone = await scriptedServer()
    await gone[Symbol.asyncDispose]()
    const failure = await failureOf(clientOf({ baseUrl: gone.url }).repos.get(REPO))
    expect(failure).toMatchObject({ code: 'NO_ANSWER', status: null })
    expect(failure.cause).toBeInstanceOf(Error)
  })

  test('a request id is kept for the operator', async () => {
    server.play({ ...UNAUTHORIZED, headers: { 'x-request-id': 'r-17' } })
    expect(await failureOf(clientOf().repos.get(REPO))).toMatchObject({ requestId: 'r-17' })
  })
})

describe('a token is shown to nobody', () => {
  test('not by inspect, nor as JSON, of the client, its cache and its errors', async () => {
    server.play(({ headers }) => ({
      status: 418,
      body: { error: { code: 'ODD', message: String(headers.authorization), details: { ...headers } } },
    }))
    const cache = new CredentialCache({
      exchange: () => Promise.resolve({ token: 'planted-secret', expiresInSeconds: 900 }),
    })
    const client = clientOf({ credential: cache.for(server.url, '') })
    const failure = await failureOf(client.repos.get(REPO))
    const fixed = new SluiceClient({ baseUrl: server.url, credential: 'planted-secret' })
    for (const shown of [client, fixed, cache, client.repos, failure]) {
      const text = inspect(shown, { depth: 20, showHidden: true }) + JSON.stringify(shown) + String(shown)
      expect(text).not.toContain('planted-secret')
    }
    expect(failure.message).toBe('Bearer [token]')
  })

  test('not by the complaint about one that is none', async () => {
    const client = new SluiceClient({ baseUrl: server.url, credential: 'planted\nsecret' })
    const failure = await client.repos.get(REPO).catch((error: unknown) => error)
    expect(failure).toBeInstanceOf(TypeError)
    expect(inspect(failure, { depth: 20 })).not.toContain('planted')
  })

  test('not to routes that ask nobody who he is', async () => {
    server.play({ status: 200, body: {} })
    await clientOf().server.health()
    await clientOf({ credential: 'fixed' }).oauth.token({ body: { grant_type: 'a' } })
    expect(tokens()).toEqual([undefined, undefined])
    expect(issued).toBe(0)
  })

  test('not in an address: a base URL with one is refused', () => {
    const url = server.url.replace('//', '//user:secret@')
    expect(() => new SluiceClient({ baseUrl: url })).toThrow(TypeError)
  })
})
