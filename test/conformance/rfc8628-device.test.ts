/** RFC 8628, the device authorization grant, with a real OpenID provider behind the server. */
import { randomUUID } from 'node:crypto'
import { generateKeyPair } from 'jose'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { beginLogin, CLI, logIn, pollLogin } from '../support/device-login.ts'
import { startFakeProvider, type FakeProvider } from '../support/fake-provider.ts'
import { startLoginProvider, type LoginProvider } from '../support/login-provider.ts'
import { restWorld, Stage } from '../support/rest.ts'
import {
  askForToken,
  basic,
  claimsOf,
  exchange,
  machine,
  refusalOf,
  type Form,
} from '../support/token-endpoint.ts'
import { statusWith } from '../support/token-queries.ts'
import type { World } from '../support/world.ts'

let provider: LoginProvider
let w: World
beforeAll(async () => {
  provider = await startLoginProvider()
  w = await restWorld(provider.settings)
})
afterAll(async () => {
  await w[Symbol.asyncDispose]()
  await provider[Symbol.asyncDispose]()
})
beforeEach(() => void vi.useFakeTimers({ toFake: ['Date'] }))
afterEach(() => void vi.useRealTimers())

const after = (seconds: number) => vi.setSystemTime(Date.now() + seconds * 1000)
const whoami = async (token: string) => {
  const answer = await fetch(`${w.url}/whoami`, { headers: { authorization: `Bearer ${token}` } })
  const { account } = (await answer.json()) as { account: { id: string; displayName: string; email: string } }
  return account
}

describe('3.1 and 3.2, the beginning', () => {
  test('POST /oauth/device_authorization begins a login at the provider', async () => {
    const { status, headers, json } = await beginLogin(w)
    expect([status, headers.get('cache-control')]).toEqual([200, 'no-store'])
    expect(json).toEqual({
      device_code: expect.stringMatching(/^slc_device_\w{49}$/),
      user_code: expect.stringMatching(/^\w{4}-\w{4}$/),
      verification_uri: `${provider.issuer}/device`,
      verification_uri_complete: `${provider.issuer}/device?user_code=${json.user_code}`,
      expires_in: 600,
      interval: 5,
    })
  })

  test.each<[string, Record<string, string>, string]>([
    ['without a client', {}, '400 invalid_request'],
    ['with a word of ours that is none', { client_id: CLI, scope: 'repo:fly' }, '400 invalid_scope'],
    ['for an administrator', { client_id: CLI, scope: 'admin' }, '400 invalid_scope'],
  ])('%s: %s', async (_case, form, expected) => {
    expect(refusalOf(await beginLogin(w, form))).toBe(expected)
  })

  test('a machine has a secret and does not log in: unauthorized_client', async () => {
    const { account, secret } = await machine(w, { kind: 'service' })
    expect(refusalOf(await beginLogin(w, {}, basic(account.id, secret)))).toBe('400 unauthorized_client')
  })

  test('neither device code lies readable in the database', async () => {
    const { json } = await beginLogin(w)
    await using database = await w.openDatabase()
    const rows = await database.kysely.selectFrom('device_logins').selectAll().execute()
    expect(rows.length).toBeGreaterThan(0)
    expect(JSON.stringify(rows)).not.toContain(json.device_code)
    for (const { upstream_code } of rows) expect(Buffer.from(upstream_code, 'base64')[0]).toBe(1)
  })
})

describe('3.4 and 3.5, the polls', () => {
  test('authorization_pending until somebody confirms, then a token that works', async () => {
    const { json: begun } = await beginLogin(w)
    expect(refusalOf(await pollLogin(w, begun.device_code))).toBe('400 authorization_pending')
    await provider.confirm(begun.user_code, 'ada')
    after(5)
    const { status, json } = await pollLogin(w, begun.device_code)
    expect([status, json.token_type, json.expires_in]).toEqual([200, 'Bearer', 900])
    expect(json.refresh_token).toMatch(/^slc_refresh_\w{49}$/)
    expect(claimsOf(json.access_token)).toMatchObject({ client_id: CLI, scope: 'repo:admin repo:create' })
    expect(await whoami(json.access_token)).toMatchObject({ displayName: 'ada', email: 'ada@example.test' })
  })

  test('who polls too fast is told to slow_down, for five seconds more each time, and the provider hears nothing', async () => {
    const { json: begun } = await beginLogin(w)
    const polled = async () => refusalOf(await pollLogin(w, begun.device_code))
    const before = provider.polls()
    expect(await polled()).toBe('400 authorization_pending')
    after(4)
    expect(await polled()).toBe('400 slow_down')
    after(5)
    expect(await polled()).toBe('400 slow_down')
    after(5)
    expect(await polled()).toBe('400 slow_down')
    expect(provider.polls() - before).toBe(1)
    after(6)
    expect(await polled()).toBe('400 authorization_pending')
    expect(provider.polls() - before).toBe(2)
  })

  test('of polls at once one gets tokens, and a code gives them once', async () => {
    const { json: begun } = await beginLogin(w)
    await provider.confirm(begun.user_code, 'ada')
    const polls = await Promise.all(Array.from({ length: 4 }, () => pollLogin(w, begun.device_code)))
    const [given, ...others] = polls.map(refusalOf).sort()
    expect(given).toBe('200 undefined')
    for (const refused of others) expect(refused).toMatch(/^400 (?:slow_down|invalid_grant)$/)
    after(60)
    expect(refusalOf(await pollLogin(w, begun.device_code))).toBe('400 invalid_grant')
  })

  test('access_denied when somebody says no, and then it is over', async () => {
    const { json: begun } = await beginLogin(w)
    await provider.refuse(begun.user_code)
    expect(refusalOf(await pollLogin(w, begun.device_code))).toBe('400 access_denied')
    after(5)
    expect(refusalOf(await pollLogin(w, begun.device_code))).toBe('400 invalid_grant')
  })

  test('expired_token when nobody says anything', async () => {
    const { json: begun } = await beginLogin(w)
    after(begun.expires_in)
    expect(refusalOf(await pollLogin(w, begun.device_code))).toBe('400 expired_token')
  })

  test('device_code is required; one of another client, or of nobody, is invalid_grant', async () => {
    const { json: begun } = await beginLogin(w)
    const polled = async (code: string, more: Form = {}) => refusalOf(await pollLogin(w, code, more))
    expect(await polled('')).toBe('400 invalid_request')
    expect(await polled(begun.device_code, { client_id: 'another' })).toBe('400 invalid_grant')
    expect(await polled(begun.device_code, { client_id: undefined })).toBe('400 invalid_grant')
    expect(await polled(begun.user_code)).toBe('400 invalid_grant')
    const { refresh_token } = await logIn(w, provider, 'ada')
    expect(await polled(refresh_token)).toBe('400 invalid_grant')
    expect(await polled(begun.device_code)).toBe('400 authorization_pending')
  })
})

describe('who has logged in', () => {
  test('is the account that an id token of the provider is of, from login to login', async () => {
    const subject = `user|${randomUUID()}`
    const direct = await whoami(await provider.idToken(subject))
    const first = await whoami((await logIn(w, provider, subject)).access_token)
    const second = await whoami((await logIn(w, provider, subject)).access_token)
    expect([first.id, second.id]).toEqual([direct.id, direct.id])
  })

  test('is nobody else, though the provider calls him by the id of an account', async () => {
    const { access_token } = await logIn(w, provider, w.owner.accountId)
    expect((await whoami(access_token)).id).not.toBe(w.owner.accountId)
  })

  test('is refused while his account is locked out', async () => {
    const subject = `user|${randomUUID()}`
    const { access_token } = await logIn(w, provider, subject)
    const { id } = await whoami(access_token)
    await new Stage(w).ask('admin', 'PATCH', `/accounts/${id}`, { disabled: true })
    expect(await statusWith(w, access_token)).toBe(401)
    const { json: begun } = await beginLogin(w)
    await provider.confirm(begun.user_code, subject)
    expect(refusalOf(await pollLogin(w, begun.device_code))).toBe('400 invalid_grant')
  })

  test('may do what he asked for at the beginning, and no more', async () => {
    const { access_token, scope } = await logIn(w, provider, 'ada', { scope: 'openid repo:read' })
    expect(scope).toBe('repo:read')
    expect(refusalOf(await exchange(w, access_token, { scope: 'repo:write' }))).toBe('400 invalid_scope')
    const made = await fetch(`${w.url}/repos`, {
      method: 'POST',
      headers: { authorization: `Bearer ${access_token}`, 'content-type': 'application/json' },
      body: JSON.stringify({ orgId: `org-${randomUUID()}`, name: 'r' }),
    })
    expect(made.status).toBe(403)
  })

  test('may make a token that lives longer, unless the login was narrowed; so may who has refreshed it', async () => {
    const lifeOf = async (token: string) => {
      const made = await fetch(`${w.url}/tokens`, {
        method: 'POST',
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
        body: JSON.stringify({ name: 'laptop', scope: 'repo:read' }),
      })
      const { expiresAt } = (await made.json()) as { expiresAt: string }
      return Math.round((Date.parse(expiresAt) - Date.now()) / 60_000)
    }
    const refreshed = async (refresh_token: string, more: Form = {}) =>
      (await askForToken(w, { grant_type: 'refresh_token', refresh_token, client_id: CLI, ...more })).json
    const NINETY_DAYS = 90 * 24 * 60
    const whole = await logIn(w, provider, 'ada')
    expect(await lifeOf(whole.access_token)).toBe(NINETY_DAYS)
    const next = await refreshed(whole.refresh_token)
    expect(await lifeOf(next.access_token)).toBe(NINETY_DAYS)
    const less = await refreshed(next.refresh_token, { scope: 'repo:read' })
    expect(await lifeOf(less.access_token)).toBe(15)
    expect(await lifeOf((await exchange(w, whole.access_token)).json.access_token)).toBe(15)
    expect(await lifeOf((await logIn(w, provider, 'ada', { scope: 'repo:read' })).access_token)).toBe(15)
  })

  test('with words of OpenID Connect only, may do everything', async () => {
    expect((await logIn(w, provider, 'ada', { scope: 'openid email' })).scope).toBe('repo:admin repo:create')
  })
})

describe('a provider that lies', () => {
  let fake: FakeProvider
  let server: World
  beforeAll(async () => {
    fake = await startFakeProvider()
    server = await restWorld(fake.settings)
  })
  afterAll(async () => {
    await server[Symbol.asyncDispose]()
    await fake[Symbol.asyncDispose]()
  })
  const loginWith = async (idToken: string) => {
    const { json: begun } = await beginLogin(server)
    fake.answer = { status: 200, body: { id_token: idToken } }
    return refusalOf(await pollLogin(server, begun.device_code))
  }

  test('logs in by an id token that is good', async () => {
    expect(await loginWith(await fake.sign({}))).toBe('200 undefined')
  })

  test.each<[string, object]>([
    ['for another client', { aud: 'another' }],
    ['of another issuer', { iss: 'https://login.example' }],
    ['that has expired', { exp: 1 }],
    ['without an end', { exp: null }],
    ['about nobody', { sub: '' }],
  ])('logs nobody in by an id token %s', async (_case, claims) => {
    expect(await loginWith(await fake.sign(claims))).toBe('400 invalid_grant')
  })

  test('logs nobody in by an id token that it did not sign, or that is none', async () => {
    const { privateKey } = await generateKeyPair('ES256')
    expect(await loginWith(await fake.sign({}, privateKey))).toBe('400 invalid_grant')
    expect(await loginWith('a.b.c')).toBe('400 invalid_grant')
    const body = `${Buffer.from('{"alg":"none"}').toString('base64url')}.${(await fake.sign({})).split('.')[1]}.`
    expect(await loginWith(body)).toBe('400 invalid_grant')
  })

  test('or is down, costs a poll and not the login: 503', async () => {
    const { json: begun } = await beginLogin(server)
    fake.answer = { status: 500, body: {} }
    expect(refusalOf(await pollLogin(server, begun.device_code))).toBe('503 temporarily_unavailable')
    after(5)
    fake.answer = { status: 200, body: { id_token: await fake.sign({}) } }
    expect(refusalOf(await pollLogin(server, begun.device_code))).toBe('200 undefined')
  })

  test('or wants us to slow down, slows our clients down', async () => {
    const { json: begun } = await beginLogin(server)
    fake.answer = { status: 400, body: { error: 'slow_down' } }
    expect(refusalOf(await pollLogin(server, begun.device_code))).toBe('400 slow_down')
    after(9)
    fake.answer = { status: 400, body: { error: 'authorization_pending' } }
    expect(refusalOf(await pollLogin(server, begun.device_code))).toBe('400 slow_down')
  })

  test('or forgets the login, ends it', async () => {
    const { json: begun } = await beginLogin(server)
    fake.answer = { status: 400, body: { error: 'invalid_client' } }
    expect(refusalOf(await pollLogin(server, begun.device_code))).toBe('400 invalid_grant')
    after(5)
    fake.answer = { status: 200, body: { id_token: await fake.sign({}) } }
    expect(refusalOf(await pollLogin(server, begun.device_code))).toBe('400 invalid_grant')
  })
})

test('a public client of the provider needs no secret', async () => {
  vi.useRealTimers()
  await using open = await startLoginProvider({ public: true })
  await using server = await restWorld(open.settings)
  expect((await logIn(server, open, 'ada')).access_token).not.toBe('')
})

test('where no provider is in the settings, there is no login by device', async () => {
  vi.useRealTimers()
  await using plain = await restWorld()
  expect((await beginLogin(plain)).status).toBe(404)
  const reply = await askForToken(plain, {
    grant_type: 'urn:ietf:params:oauth:grant-type:device_code',
    device_code: 'x',
  })
  expect(refusalOf(reply)).toBe('400 unsupported_grant_type')
})
