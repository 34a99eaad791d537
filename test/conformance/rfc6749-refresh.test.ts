/** RFC 6749, section 6, refreshing an access token; rotated as RFC 9700, section 4.14.2 says. */
import { randomUUID } from 'node:crypto'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest'
import { CLI, logIn } from '../support/device-login.ts'
import { startLoginProvider, type LoginProvider } from '../support/login-provider.ts'
import { restWorld, Stage } from '../support/rest.ts'
import { askForToken, claimsOf, exchange, refusalOf, type Form } from '../support/token-endpoint.ts'
import { revoke, statusWith } from '../support/token-queries.ts'
import type { World } from '../support/world.ts'

const INVALID = '400 invalid_grant'
const DAY_SECONDS = 24 * 3600

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
const refresh = (token: string, more: Form = {}) =>
  askForToken(w, { grant_type: 'refresh_token', refresh_token: token, client_id: CLI, ...more })
const loggedIn = (opts: { scope?: string } = {}) => logIn(w, provider, `user|${randomUUID()}`, opts)
const familyOf = (accessToken: string) => (claimsOf(accessToken)['minted_from'] as string[])[0] ?? ''

test('6: a refresh token gives another access token, and another refresh token', async () => {
  const first = await loggedIn()
  const { status, headers, json } = await refresh(first.refresh_token)
  expect([status, headers.get('cache-control'), json.expires_in]).toEqual([200, 'no-store', 900])
  expect(await statusWith(w, json.access_token)).toBe(200)
  const [before, now] = [claimsOf(first.access_token), claimsOf(json.access_token)]
  expect([now.sub, now['scope'], now['client_id']]).toEqual([before.sub, before['scope'], CLI])
  expect(json.refresh_token).not.toBe(first.refresh_token)
  expect((await refresh(json.refresh_token)).status).toBe(200)
})

test('6: refresh_token is required; what is none is invalid_grant', async () => {
  const { access_token } = await loggedIn()
  expect(refusalOf(await refresh(''))).toBe('400 invalid_request')
  for (const text of [access_token, 'slc_refresh_x', w.sluice.adminToken ?? '', 'x'.repeat(9_000)])
    expect(refusalOf(await refresh(text))).toBe(INVALID)
})

test('10.4: it is no credential: not as a bearer token, a subject token or a client secret', async () => {
  const { access_token, refresh_token } = await loggedIn()
  expect(await statusWith(w, refresh_token)).toBe(401)
  expect(refusalOf(await exchange(w, refresh_token))).toBe('400 invalid_request')
  const asSecret = { grant_type: 'client_credentials', client_id: claimsOf(access_token).sub }
  expect(refusalOf(await askForToken(w, { ...asSecret, client_secret: refresh_token }))).toBe(
    '401 invalid_client',
  )
  expect((await refresh(refresh_token)).status).toBe(200)
})

test('6: it is bound to its client; another one neither uses it nor uses it up', async () => {
  const { refresh_token } = await loggedIn()
  for (const client_id of ['another', undefined]) {
    expect(refusalOf(await refresh(refresh_token, { client_id }))).toBe(INVALID)
  }
  const { json } = await refresh(refresh_token)
  after(60)
  expect(refusalOf(await refresh(refresh_token, { client_id: 'another' }))).toBe(INVALID)
  expect((await refresh(json.refresh_token)).status).toBe(200)
})

test('6: the scope may be less, and as much again, but never more than the login', async () => {
  const { refresh_token } = await loggedIn({ scope: 'repo:write' })
  const less = await refresh(refresh_token, { scope: 'repo:read' })
  expect([less.status, less.json.scope]).toEqual([200, 'repo:read'])
  const whole = await refresh(less.json.refresh_token)
  expect([whole.status, whole.json.scope]).toEqual([200, 'repo:write'])
  for (const scope of ['repo:admin', 'repo:create', 'admin'])
    expect(refusalOf(await refresh(whole.json.refresh_token, { scope }))).toBe('400 invalid_scope')
  after(60)
  expect((await refresh(whole.json.refresh_token)).status).toBe(200)
})

test('9700 4.14.2: the token before works for 30 s, for a client that lost the answer', async () => {
  const { refresh_token } = await loggedIn()
  const lost = await refresh(refresh_token)
  after(30)
  const again = await refresh(refresh_token)
  expect(again.status).toBe(200)
  expect(familyOf(again.json.access_token)).toBe(familyOf(lost.json.access_token))
  expect((await refresh(again.json.refresh_token)).status).toBe(200)
})

test('9700 4.14.2: used after that, it ends the login: no token of it works any more', async () => {
  const first = await loggedIn()
  const second = (await refresh(first.refresh_token)).json
  const exchanged = (await exchange(w, second.access_token)).json
  after(31)
  expect(await statusWith(w, exchanged.access_token)).toBe(200)
  expect(refusalOf(await refresh(first.refresh_token))).toBe(INVALID)
  expect(refusalOf(await refresh(second.refresh_token))).toBe(INVALID)
  for (const { access_token } of [first, second, exchanged])
    expect(await statusWith(w, access_token)).toBe(401)
  const events = (await w.events()).filter(({ targetId }) => targetId === familyOf(first.access_token))
  expect(events.map(({ type }) => type)).toEqual(['token.minted', 'token.revoked'])
  expect(JSON.stringify(events)).not.toMatch(/slc_/)
})

test('9700 4.14.2: one from before the last ends the login at once; other logins go on', async () => {
  const [first, other] = [await loggedIn(), await loggedIn()]
  const second = (await refresh(first.refresh_token)).json
  const third = (await refresh(second.refresh_token)).json
  expect(refusalOf(await refresh(first.refresh_token))).toBe(INVALID)
  expect(refusalOf(await refresh(third.refresh_token))).toBe(INVALID)
  expect((await refresh(other.refresh_token)).status).toBe(200)
})

test('a login ends after 30 days without use, and after 90 in any case', async () => {
  const idle = await loggedIn()
  let { refresh_token } = await loggedIn()
  for (let days = 0; days < 87; days += 29) {
    after(29 * DAY_SECONDS)
    refresh_token = (await refresh(refresh_token)).json.refresh_token
  }
  expect(refusalOf(await refresh(idle.refresh_token))).toBe(INVALID)
  after(3 * DAY_SECONDS - 10)
  const last = await refresh(refresh_token)
  expect(last.json.expires_in).toBeLessThanOrEqual(10)
  after(10)
  expect(refusalOf(await refresh(last.json.refresh_token))).toBe(INVALID)
})

test('whose account is locked out gets nothing, and goes on when it is let in again', async () => {
  const { access_token, refresh_token } = await loggedIn()
  const account = `/accounts/${claimsOf(access_token).sub}`
  const server = new Stage(w)
  await server.ask('admin', 'PATCH', account, { disabled: true })
  expect(refusalOf(await refresh(refresh_token))).toBe(INVALID)
  await server.ask('admin', 'PATCH', account, { disabled: false })
  expect((await refresh(refresh_token)).status).toBe(200)
})

test('7009 2.1: revoking a refresh token ends the login and its access tokens; only its client may', async () => {
  const { access_token, refresh_token } = await loggedIn()
  expect(refusalOf(await revoke(w, refresh_token, { client_id: 'another' }))).toBe(INVALID)
  expect(await statusWith(w, access_token)).toBe(200)
  expect((await revoke(w, refresh_token, { client_id: CLI })).status).toBe(200)
  expect(await statusWith(w, access_token)).toBe(401)
  expect(refusalOf(await refresh(refresh_token))).toBe(INVALID)
  expect((await revoke(w, refresh_token)).status).toBe(200)
})

test('the tokens themselves are nowhere in the database', async () => {
  const { refresh_token } = await loggedIn()
  const { json } = await refresh(refresh_token)
  await using database = await w.openDatabase()
  const rows = await database.kysely.selectFrom('refresh_tokens').selectAll().execute()
  expect(rows.length).toBeGreaterThan(1)
  for (const secret of [refresh_token, json.refresh_token]) expect(JSON.stringify(rows)).not.toContain(secret)
})
