/** RFC 7662, OAuth 2.0 Token Introspection, clause by clause. */
import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { mintOpaqueToken } from '../../src/kernel/opaque-token.ts'
import { expectStatus, newMachine, newToken } from '../support/managed.ts'
import { platformToken } from '../support/platform-token.ts'
import { restWorld, Stage } from '../support/rest.ts'
import { basic, details, exchanged, machine } from '../support/token-endpoint.ts'
import { bearer, introspect, loginKept, postForm, revoke, statusWith } from '../support/token-queries.ts'
import type { World } from '../support/world.ts'

const INTERNAL = randomBytes(24).toString('hex')

let w: World
let stage: Stage
beforeAll(async () => {
  w = await restWorld({ INTERNAL_SERVICE_TOKEN: INTERNAL })
  stage = new Stage(w)
})
afterAll(() => w[Symbol.asyncDispose]())

const INACTIVE = { active: false }
const login = (who = 'ada') => w.token(stage.accountOf(who), who)
const admin = () => w.sluice.adminToken ?? ''
const secondsNow = () => Math.floor(Date.now() / 1000)

describe('2.1, the request', () => {
  test('POST /oauth/introspect tells what a token is good for', async () => {
    const token = await login()
    const reply = await introspect(w, token, token)
    expect([reply.status, reply.json.active]).toEqual([200, true])
    expect(reply.headers.get('content-type')).toMatch(/^application\/json/)
  })

  test('2.1: the caller must authenticate; 2.3: else 401 with a challenge', async () => {
    const token = await login()
    const bad = bearer(
      await platformToken(randomBytes(32), { accountId: stage.accountOf('ada'), name: 'ada' }),
    )
    for (const headers of [{}, bad, basic('x', mintOpaqueToken('deploy').token)]) {
      const reply = await postForm(w, '/oauth/introspect', { token }, headers)
      expect([reply.status, reply.json.error]).toEqual([401, 'invalid_client'])
      expect(reply.headers.get('www-authenticate')).toMatch(/Bearer .*Basic /)
      expect(reply.text).not.toContain(token)
    }
  })

  test('2.1: a machine may authenticate as a client, by its id and secret in Basic', async () => {
    const { account, secret } = await machine(w, { kind: 'service' })
    const reply = await postForm(w, '/oauth/introspect', { token: secret }, basic(account.id, secret))
    expect(reply.json).toMatchObject({ active: true, sub: account.id, account_kind: 'service' })
  })

  test.each([
    ['no token', {}],
    ['an empty token', { token: '' }],
  ])('2.1: %s is invalid_request', async (_case, form) => {
    const reply = await postForm(w, '/oauth/introspect', form, bearer(await login()))
    expect([reply.status, reply.json.error]).toEqual([400, 'invalid_request'])
  })

  test('2.1: a token that is named twice is invalid_request', async () => {
    const token = await login()
    const body = new URLSearchParams([
      ['token', token],
      ['token', token],
    ])
    const answer = await fetch(`${w.url}/oauth/introspect`, { method: 'POST', headers: bearer(token), body })
    expect([answer.status, ((await answer.json()) as { error: string }).error]).toEqual([
      400,
      'invalid_request',
    ])
  })

  test('2.1: only POST, only a form, and never a token in an address', async () => {
    const token = await login()
    const url = `${w.url}/oauth/introspect`
    expect((await fetch(`${url}?token=x`, { headers: bearer(token) })).status).toBe(405)
    const inQuery = await fetch(`${url}?token=${token}`, { method: 'POST', headers: bearer(token) })
    expect(inQuery.status).toBe(400)
    const json = { ...bearer(token), 'content-type': 'application/json' }
    const asJson = await fetch(url, { method: 'POST', headers: json, body: JSON.stringify({ token }) })
    expect(asJson.status).toBe(400)
  })

  test.each(['access_token', 'refresh_token', 'nonsense'])(
    '2.1: token_type_hint is a hint only: %s',
    async (token_type_hint) => {
      const token = await login()
      const reply = await postForm(w, '/oauth/introspect', { token, token_type_hint }, bearer(token))
      expect(reply.json.active).toBe(true)
    },
  )
})

describe('2.2, the response', () => {
  test('2.2: a login token, with times in seconds and the account that it is of', async () => {
    const token = await login()
    const { json } = await introspect(w, token, token)
    expect(json).toEqual({
      active: true,
      scope: 'repo:admin repo:create',
      username: 'ada',
      account_kind: 'user',
      token_type: 'Bearer',
      exp: expect.any(Number),
      iat: expect.any(Number),
      sub: stage.accountOf('ada'),
      jti: expect.stringMatching(/^sha256:/),
    })
    expect(json.exp - secondsNow()).toBeGreaterThan(3_500)
    expect(Math.abs(json.iat - secondsNow())).toBeLessThan(60)
  })

  test('2.2: a token by exchange, with issuer, audience, client and id as they stand in it', async () => {
    const token = await exchanged(w, await w.token(w.owner.accountId, 'owner'), {
      audience: `${w.url}/acme/app`,
      scope: 'repo:pull',
      client_id: 'some-agent',
    })
    const { json } = await introspect(w, token, token)
    expect(json).toMatchObject({
      active: true,
      scope: 'repo:acme/app:read',
      client_id: 'some-agent',
      aud: `${w.url}/acme/app`,
      iss: w.url,
      sub: w.owner.accountId,
    })
    expect(json.jti).toMatch(/^[0-9a-f-]{36}$/)
    expect(json.exp - json.iat).toBe(900)
  })

  test('RFC 9396 9.2: authorization_details are told with their limits', async () => {
    const entry = { identifier: 'acme/app', actions: ['write'], refs: ['refs/heads/agent-7/*'] }
    const token = await exchanged(w, await w.token(w.owner.accountId, 'owner'), {
      authorization_details: details(entry),
    })
    const { json } = await introspect(w, token, token)
    expect(json.scope).toBeUndefined()
    expect(json.authorization_details).toEqual([{ type: 'git_repository', ...entry }])
  })

  test('what the tokens allowed that it was minted from is told as well: all of them hold', async () => {
    const limited = { identifier: 'acme/app', actions: ['write'], refs: ['refs/heads/agent-7/*'] }
    const parent = await exchanged(w, await w.token(w.owner.accountId, 'owner'), {
      authorization_details: details(limited),
    })
    const child = await exchanged(w, parent, { scope: 'repo:acme/app:write' })
    const { json } = await introspect(w, child, child)
    expect(json.scope).toBe('repo:acme/app:write')
    expect(json.within).toEqual([{ authorization_details: [{ type: 'git_repository', ...limited }] }])
  })

  test('RFC 8693 4.1: who acts is told as act, and the subject stays the subject', async () => {
    const { account, secret } = await machine(w, { kind: 'agent', ownerId: w.owner.accountId })
    const { json } = await introspect(w, secret, secret)
    expect(json).toMatchObject({
      active: true,
      sub: w.owner.accountId,
      username: 'owner',
      account_kind: 'user',
      act: { sub: account.id },
      iss: w.url,
    })
  })

  test('2.2: an opaque token without an end says none', async () => {
    const { secret, tokenId } = await machine(w, { kind: 'service' })
    const { json } = await introspect(w, secret, secret)
    expect(json).toMatchObject({ active: true, jti: tokenId })
    expect(json).not.toHaveProperty('exp')
  })

  test('2.2: a refresh token is told as what its login grants, and is no Bearer token', async () => {
    const { refreshToken, familyId } = await loginKept(w, stage.accountOf('ada'), { clientId: 'cli' })
    const { json } = await introspect(w, refreshToken, await login())
    expect(json).toMatchObject({ active: true, jti: familyId, client_id: 'cli', sub: stage.accountOf('ada') })
    expect(json).not.toHaveProperty('token_type')
    expect((await introspect(w, refreshToken, await login('stranger'))).json).toEqual(INACTIVE)
    await revoke(w, refreshToken)
    expect((await introspect(w, refreshToken, await login())).json).toEqual(INACTIVE)
  })

  test('2.2: nothing of the answer may be kept', async () => {
    const token = await login()
    for (const asked of [token, 'nonsense']) {
      const { headers } = await introspect(w, asked, token)
      expect(headers.get('cache-control')).toBe('no-store')
    }
  })
})

describe('2.2, a token that is not active is that and nothing more', () => {
  test.each([
    ['nonsense', () => 'nonsense'],
    ['something shaped like a token of ours', () => mintOpaqueToken('personal').token],
    ['a token with a damaged checksum', () => `${mintOpaqueToken('personal').token.slice(0, -1)}!`],
    ['a JWT of nobody', () => 'eyJhbGciOiJub25lIn0.e30.'],
    ['a very long text', () => 'a'.repeat(40_000)],
    ['the internal token', () => INTERNAL],
  ])('2.2: %s', async (_case, token) => {
    const reply = await introspect(w, token(), admin())
    expect([reply.status, reply.json]).toEqual([200, INACTIVE])
  })

  test('2.2: an expired token', async () => {
    const token = await w.token(stage.accountOf('ada'), 'ada', { ttlSeconds: -120 })
    expect((await introspect(w, token, admin())).json).toEqual(INACTIVE)
  })

  test('2.2: a token signed with another key', async () => {
    const token = await platformToken(randomBytes(32), { accountId: stage.accountOf('ada'), name: 'ada' })
    expect((await introspect(w, token, admin())).json).toEqual(INACTIVE)
  })

  test('4: a revoked token, and one that was minted from it, from the next question on', async () => {
    const parent = await newToken(stage, 'ada')
    const child = await exchanged(w, parent.token, { scope: 'repo:read' })
    expect((await introspect(w, child, admin())).json.active).toBe(true)
    await revoke(w, parent.token)
    for (const token of [parent.token, child])
      expect((await introspect(w, token, admin())).json).toEqual(INACTIVE)
  })

  test('4: a token whose account was disabled, until it is enabled again', async () => {
    const agent = await newMachine(stage, 'ada')
    const { token } = await newToken(stage, 'ada', { account: agent.id })
    const turn = (disabled: boolean) =>
      expectStatus(200, stage.ask('ada', 'PATCH', `/accounts/${agent.id}`, { disabled }))
    expect((await introspect(w, token, admin())).json.active).toBe(true)
    await turn(true)
    expect((await introspect(w, token, admin())).json).toEqual(INACTIVE)
    await turn(false)
    expect((await introspect(w, token, admin())).json.active).toBe(true)
  })

  test('4: an agent whose person was disabled', async () => {
    const agent = await newMachine(stage, 'eve')
    const { token } = await newToken(stage, 'eve', { account: agent.id })
    expect((await introspect(w, token, admin())).json.active).toBe(true)
    await expectStatus(
      200,
      stage.ask('admin', 'PATCH', `/accounts/${stage.accountOf('eve')}`, { disabled: true }),
    )
    expect((await introspect(w, token, admin())).json).toEqual(INACTIVE)
  })
})

describe('2.2 and 4, who may know', () => {
  const answers = async (token: string, callers: Readonly<Record<string, string>>) =>
    Object.fromEntries(
      await Promise.all(
        Object.entries(callers).map(async ([who, credential]) => {
          const { json } = await introspect(w, token, credential)
          if (json.active !== true) expect(json).toEqual(INACTIVE)
          return [who, json.active]
        }),
      ),
    )

  test('4: of a token of a person: he himself and administrators, and no stranger', async () => {
    const token = await login('ada')
    const { token: personal } = await newToken(stage, 'ada')
    const callers = { ada: personal, stranger: await login('stranger'), admin: admin() }
    expect(await answers(token, callers)).toEqual({ ada: true, stranger: false, admin: true })
  })

  test('4: the internal token stands for the server itself', async () => {
    const headers = { 'x-internal-token': INTERNAL }
    const { json } = await postForm(w, '/oauth/introspect', { token: await login('ada') }, headers)
    expect(json.active).toBe(true)
  })

  test('4: of a token of a machine: whoever owns it, and not the other way round', async () => {
    const agent = await newMachine(stage, 'ada')
    const { token } = await newToken(stage, 'ada', { account: agent.id })
    const callers = { ada: await login('ada'), itself: token, stranger: await login('stranger') }
    expect(await answers(token, callers)).toEqual({ ada: true, itself: true, stranger: false })
    expect(await answers(await login('ada'), { agent: token })).toEqual({ agent: false })
  })

  test('4: of a machine of an organisation: owners of the organisation', async () => {
    await stage.create('ada', { name: 'founded' })
    const service = await newMachine(stage, 'ada', { kind: 'service', org: stage.org })
    const { token } = await newToken(stage, 'ada', { account: service.id })
    const callers = { ada: await login('ada'), stranger: await login('stranger') }
    expect(await answers(token, callers)).toEqual({ ada: true, stranger: false })
  })

  test('4: a narrowed token may look at itself and at what was minted from it, and at no machine of its account', async () => {
    const parent = await exchanged(w, await w.token(w.owner.accountId, 'owner'), {
      scope: 'repo:acme/app:write',
    })
    const child = await exchanged(w, parent, { scope: 'repo:acme/app:read' })
    expect(await answers(child, { parent, child })).toEqual({ parent: true, child: true })
    const service = await newMachine(stage, 'ada', { kind: 'service' })
    const { token } = await newToken(stage, 'ada', { account: service.id })
    const narrowed = await exchanged(w, await login('ada'), { scope: 'repo:read' })
    expect(await answers(token, { narrowed })).toEqual({ narrowed: false })
  })

  test('4: an answer to a stranger and one about nonsense are the same to the byte', async () => {
    const [stranger, token] = [await login('stranger'), await login('ada')]
    const [hidden, absent] = [await introspect(w, token, stranger), await introspect(w, 'nonsense', stranger)]
    expect(hidden.text).toBe(absent.text)
    const told = (reply: typeof hidden) =>
      [...reply.headers].filter(([name]) => !['date', 'x-request-id'].includes(name))
    expect(told(hidden)).toEqual(told(absent))
  })

  test('being looked at changes nothing for a token', async () => {
    const token = await login('ada')
    await introspect(w, token, await login('stranger'))
    expect(await statusWith(w, token)).toBe(200)
  })
})
