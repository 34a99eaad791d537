/** RFC 7009, OAuth 2.0 Token Revocation, clause by clause. */
import { randomBytes } from 'node:crypto'
import { SignJWT } from 'jose'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { StoredEvent } from '../../src/kernel/events.ts'
import { mintOpaqueToken } from '../../src/kernel/opaque-token.ts'
import { expectStatus, newMachine, newToken } from '../support/managed.ts'
import { platformToken } from '../support/platform-token.ts'
import { restWorld, Stage } from '../support/rest.ts'
import { askForToken, basic, claimsOf, exchanged, machine } from '../support/token-endpoint.ts'
import { introspect, loginKept, postForm, revoke, statusWith } from '../support/token-queries.ts'
import type { World } from '../support/world.ts'

let w: World
let stage: Stage
beforeAll(async () => {
  w = await restWorld()
  stage = new Stage(w)
})
afterAll(() => w[Symbol.asyncDispose]())

let serial = 0
/** Never the same one twice: what a test revokes must be nobody else's. */
const login = (who = 'ada') => w.token(stage.accountOf(who), who, { claims: { serial: serial++ } })
const READ = { scope: 'repo:read' }

async function revocationsOf(targetId: string): Promise<StoredEvent[]> {
  return (await w.events()).filter((event) => event.type === 'token.revoked' && event.targetId === targetId)
}

async function jtiOf(token: string): Promise<string> {
  return (await introspect(w, token, w.sluice.adminToken ?? '')).json.jti
}

describe('2.1, the request', () => {
  test('POST /oauth/revoke takes a token back: it is refused from the next request on', async () => {
    const token = await exchanged(w, await login(), READ)
    expect(await statusWith(w, token)).toBe(200)
    const reply = await revoke(w, token)
    expect([reply.status, reply.text]).toEqual([200, ''])
    expect(await statusWith(w, token)).toBe(401)
  })

  test('the end of a line behind the token, as a file has one, does not save it (regression)', async () => {
    const token = await exchanged(w, await login(), READ)
    expect((await revoke(w, `${token}\n`)).status).toBe(200)
    expect(await statusWith(w, token)).toBe(401)
  })

  test.each([
    ['no token', {}],
    ['an empty token', { token: '' }],
  ])('2.1: %s is invalid_request', async (_case, form) => {
    const reply = await postForm(w, '/oauth/revoke', form)
    expect([reply.status, reply.json.error]).toEqual([400, 'invalid_request'])
  })

  test('2.1: only POST and only a form; a token in an address is not looked at', async () => {
    const token = await login()
    const url = `${w.url}/oauth/revoke`
    expect((await fetch(`${url}?token=${token}`)).status).toBe(405)
    expect((await fetch(`${url}?token=${token}`, { method: 'POST' })).status).toBe(400)
    expect(await statusWith(w, token)).toBe(200)
  })

  test.each(['access_token', 'refresh_token', 'nonsense'])(
    '2.1: token_type_hint is a hint only: %s',
    async (token_type_hint) => {
      const token = await exchanged(w, await login(), READ)
      expect((await revoke(w, token, { token_type_hint })).status).toBe(200)
      expect(await statusWith(w, token)).toBe(401)
    },
  )

  test('2.1: a client with a wrong secret is invalid_client, and nothing is revoked', async () => {
    const { account, secret } = await machine(w, { kind: 'service' })
    const token = await exchanged(w, await login(), READ)
    const wrong = basic(account.id, mintOpaqueToken('deploy').token)
    const reply = await postForm(w, '/oauth/revoke', { token }, wrong)
    expect([reply.status, reply.json.error]).toEqual([401, 'invalid_client'])
    expect(reply.headers.get('www-authenticate')).toMatch(/^Basic /)
    expect(await statusWith(w, token)).toBe(200)
    expect(await statusWith(w, secret)).toBe(200)
  })

  test('2.1: the token of another client is refused, that of its own is taken', async () => {
    const token = await exchanged(w, await login(), { ...READ, client_id: 'cli' })
    const reply = await revoke(w, token, { client_id: 'somebody-else' })
    expect([reply.status, reply.json.error]).toEqual([400, 'invalid_grant'])
    expect(await statusWith(w, token)).toBe(200)
    expect((await revoke(w, token, { client_id: 'cli' })).status).toBe(200)
    expect(await statusWith(w, token)).toBe(401)
  })

  test('2.1: so is the refresh token of another client', async () => {
    const { refreshToken } = await loginKept(w, stage.accountOf('ada'), { clientId: 'cli' })
    const reply = await revoke(w, refreshToken, { client_id: 'somebody-else' })
    expect([reply.status, reply.json.error]).toEqual([400, 'invalid_grant'])
    expect((await introspect(w, refreshToken, await login())).json.active).toBe(true)
  })

  test('2.1: a public client has no secret: possession is enough, also without a name', async () => {
    const token = await exchanged(w, await login(), { ...READ, client_id: 'cli' })
    expect((await revoke(w, token)).status).toBe(200)
    expect(await statusWith(w, token)).toBe(401)
  })

  test('2.1: a machine takes its own back as a client, in Basic or in the form', async () => {
    const { account, secret } = await machine(w, { kind: 'service' })
    const ask = { grant_type: 'client_credentials', ...READ }
    const inForm = { client_id: account.id, client_secret: secret }
    for (const [form, headers] of [
      [{}, basic(account.id, secret)],
      [inForm, {}],
    ] as const) {
      const { json } = await askForToken(w, { ...ask, ...inForm })
      expect(await statusWith(w, json.access_token)).toBe(200)
      const reply = await postForm(w, '/oauth/revoke', { token: json.access_token, ...form }, headers)
      expect(reply.status).toBe(200)
      expect(await statusWith(w, json.access_token)).toBe(401)
    }
    expect(await statusWith(w, secret)).toBe(200)
  })
})

describe('2.1, what falls with a token', () => {
  test('2.1: an opaque token, with all that was minted from it, at any depth', async () => {
    const parent = await newToken(stage, 'ada')
    const child = await exchanged(w, parent.token, READ)
    const grandchild = await exchanged(w, child, READ)
    for (const token of [parent.token, child, grandchild]) expect(await statusWith(w, token)).toBe(200)
    await revoke(w, parent.token)
    for (const token of [parent.token, child, grandchild]) expect(await statusWith(w, token)).toBe(401)
  })

  test('2.1: a token minted from another one falls alone: neither parent nor sibling', async () => {
    const parent = await newToken(stage, 'ada')
    const [child, sibling] = [await exchanged(w, parent.token, READ), await exchanged(w, parent.token, READ)]
    await revoke(w, child)
    expect(await statusWith(w, child)).toBe(401)
    for (const token of [parent.token, sibling]) expect(await statusWith(w, token)).toBe(200)
  })

  test("2.1: another issuer's login token, on this server, with what was exchanged for it", async () => {
    const token = await login()
    const child = await exchanged(w, token, READ)
    expect(await statusWith(w, child)).toBe(200)
    await revoke(w, token)
    for (const one of [token, child]) expect(await statusWith(w, one)).toBe(401)
    expect(await statusWith(w, await login())).toBe(200)
  })

  test('2.1: a refresh token, with its whole login and the access tokens of it', async () => {
    const { refreshToken, familyId } = await loginKept(w, stage.accountOf('ada'))
    const refresh = (refresh_token: string) =>
      askForToken(w, { grant_type: 'refresh_token', refresh_token, ...READ })
    const { json } = await refresh(refreshToken)
    expect(await statusWith(w, json.access_token)).toBe(200)
    await revoke(w, json.refresh_token)
    expect(await statusWith(w, json.access_token)).toBe(401)
    for (const token of [refreshToken, json.refresh_token])
      expect((await refresh(token)).json.error).toBe('invalid_grant')
    expect(await revocationsOf(familyId)).toHaveLength(1)
  })

  test('2.1: an access token falls alone, its refresh token gets another one', async () => {
    const { refreshToken } = await loginKept(w, stage.accountOf('ada'))
    const first = await askForToken(w, { grant_type: 'refresh_token', refresh_token: refreshToken, ...READ })
    await revoke(w, first.json.access_token)
    expect(await statusWith(w, first.json.access_token)).toBe(401)
    const again = { grant_type: 'refresh_token', refresh_token: first.json.refresh_token, ...READ }
    expect(await statusWith(w, (await askForToken(w, again)).json.access_token)).toBe(200)
  })
})

describe('2.2, the response', () => {
  const expiredToken = () => w.token(stage.accountOf('ada'), 'ada', { ttlSeconds: -120 })
  const signedByOthers = () =>
    platformToken(randomBytes(32), { accountId: stage.accountOf('ada'), name: 'ada' })
  const ofNobody = () =>
    new SignJWT({ iss: 'https://elsewhere.example' })
      .setProtectedHeader({ alg: 'HS256' })
      .setExpirationTime('1h')
      .sign(randomBytes(32))

  test.each([
    ['nonsense', async () => 'nonsense'],
    ['a token of ours that was never given out', async () => mintOpaqueToken('personal').token],
    ['a refresh token that was never given out', async () => mintOpaqueToken('refresh').token],
    ['an expired token', expiredToken],
    ['a token signed with another key', signedByOthers],
    ['a token of an issuer that nobody knows', ofNobody],
  ])('2.2: %s is 200 like any other, and leaves nothing behind', async (_case, make) => {
    const before = (await revocationsList()).length
    const reply = await revoke(w, await make())
    expect([reply.status, reply.text]).toEqual([200, ''])
    expect(await revocationsList()).toHaveLength(before)
  })

  const revocationsList = async () => {
    await using database = await w.openDatabase()
    return await database.kysely.selectFrom('revoked_tokens').select('id').execute()
  }

  test('2.2: a second revocation is 200 as well, and is told once', async () => {
    const token = await exchanged(w, await login(), READ)
    const { jti = '' } = claimsOf(token)
    for (let i = 0; i < 2; i++) expect((await revoke(w, token)).status).toBe(200)
    expect(await revocationsOf(jti)).toHaveLength(1)
  })

  test('2.2: nothing of the answer is kept', async () => {
    expect((await revoke(w, 'nonsense')).headers.get('cache-control')).toBe('no-store')
  })

  test('a token of a disabled account stays revoked when the account is enabled again', async () => {
    const agent = await newMachine(stage, 'ada')
    const opaque = (await newToken(stage, 'ada', { account: agent.id })).token
    const signed = await exchanged(w, opaque, READ)
    const other = (await newToken(stage, 'ada', { account: agent.id })).token
    const turn = (disabled: boolean) =>
      expectStatus(200, stage.ask('ada', 'PATCH', `/accounts/${agent.id}`, { disabled }))
    await turn(true)
    for (const token of [signed, opaque]) expect((await revoke(w, token)).status).toBe(200)
    await turn(false)
    expect(await Promise.all([opaque, signed, other].map((token) => statusWith(w, token)))).toEqual([
      401, 401, 200,
    ])
  })
})

describe('what is told of it', () => {
  test('token.revoked says which token, of whom, and who did it: whoever had it', async () => {
    const token = await exchanged(w, await login(), READ)
    const { jti = '' } = claimsOf(token)
    await revoke(w, token)
    const account = stage.accountOf('ada')
    expect(await revocationsOf(jti)).toMatchObject([
      { actorId: account, agentId: null, data: { kind: 'signed', accountId: account } },
    ])
  })

  test('an agent is named as the agent of its person', async () => {
    const agent = await newMachine(stage, 'ada')
    const { token, id } = await newToken(stage, 'ada', { account: agent.id })
    await revoke(w, token)
    expect(await revocationsOf(id)).toMatchObject([{ actorId: stage.accountOf('ada'), agentId: agent.id }])
  })

  test('a client that proved who it is, is who did it', async () => {
    const { account, secret } = await machine(w, { kind: 'service' })
    const token = await login()
    const id = await jtiOf(token)
    await postForm(w, '/oauth/revoke', { token }, basic(account.id, secret))
    expect(await revocationsOf(id)).toMatchObject([
      { actorId: account.id, data: { kind: 'login', accountId: stage.accountOf('ada') } },
    ])
  })

  test('no event holds the token, nor any part of it', async () => {
    const tokens = [await login(), (await newToken(stage, 'ada')).token]
    for (const token of tokens) await revoke(w, token)
    const log = JSON.stringify(await w.events())
    for (const token of tokens) {
      for (const part of token.split('.').filter((text) => text.length > 40)) expect(log).not.toContain(part)
    }
  })
})
