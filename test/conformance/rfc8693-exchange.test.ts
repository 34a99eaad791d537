/** RFC 8693, OAuth 2.0 Token Exchange, clause by clause. */
import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { mintOpaqueToken } from '../../src/kernel/opaque-token.ts'
import { startIssuer, type Issuer, type IssuerAlgorithm } from '../support/issuer.ts'
import { platformToken } from '../support/platform-token.ts'
import { restWorld, Stage } from '../support/rest.ts'
import {
  ACCESS_TOKEN,
  claimsOf,
  details,
  exchange,
  exchanged,
  ID_TOKEN,
  JWT,
  machine,
  refusalOf,
  revokeToken,
  TOKEN_EXCHANGE,
  askForToken,
} from '../support/token-endpoint.ts'
import type { World } from '../support/world.ts'

const AUDIENCE = 'https://sluice.example'
const INTERNAL = 'internal-token-of-this-test'
const AT_THE_SERVER = { scope: 'repo:read repo:write' }

let issuer: Issuer
let w: World
beforeAll(async () => {
  issuer = await startIssuer({ audience: AUDIENCE, scopes: ['repo:read'] })
  const rules = [{ issuer: issuer.issuer, audience: AUDIENCE, jwksUri: issuer.jwksUri }]
  w = await restWorld({ SLUICE_ISSUERS: JSON.stringify(rules), INTERNAL_SERVICE_TOKEN: INTERNAL })
  await exchanged(w, await w.token(w.stranger.accountId, 'stranger'))
})
afterAll(async () => {
  await w[Symbol.asyncDispose]()
  await issuer[Symbol.asyncDispose]()
})

const login = (opts: Parameters<World['token']>[2] = {}) => w.token(w.owner.accountId, 'owner', opts)
/** Status of a read of `acme/app` with a token. */
const reads = async (token: string) =>
  (await fetch(`${w.url}/repos/acme/app`, { headers: { authorization: `Bearer ${token}` } })).status
/** `aud` of `acme/app`. */
const app = () => `${w.url}/acme/app`

describe('2.1, the request', () => {
  test('POST /oauth/token exchanges a token for one on a repository, which works there', async () => {
    const { status, json } = await exchange(w, await login(), { audience: app(), scope: 'repo:pull' })
    expect([status, json.scope]).toEqual([200, 'repo:pull'])
    expect(await reads(json.access_token)).toBe(200)
    expect(claimsOf(json.access_token)).toMatchObject({ sub: w.owner.accountId, aud: app(), iss: w.url })
  })

  test.each(['subject_token', 'subject_token_type'])('2.1: %s is required', async (name) => {
    const reply = await exchange(w, await login(), { [name]: undefined })
    expect(refusalOf(reply)).toBe('400 invalid_request')
    expect(reply.json.error_description).toContain(`${name} is missing`)
  })

  test.each([ACCESS_TOKEN, JWT, ID_TOKEN])('2.1, 3: a subject token may be called %s', async (type) => {
    expect((await exchange(w, await login(), { subject_token_type: type })).status).toBe(200)
  })

  test.each(['refresh_token', 'saml1', 'saml2', 'nonsense'])(
    '3: a subject token of type %s is invalid_request',
    async (type) => {
      const subject_token_type = `urn:ietf:params:oauth:token-type:${type}`
      expect(refusalOf(await exchange(w, await login(), { subject_token_type }))).toBe('400 invalid_request')
    },
  )

  test('3: an opaque token is an access token and no JWT', async () => {
    const { secret } = await machine(w, { kind: 'service' })
    expect((await exchange(w, secret, AT_THE_SERVER)).status).toBe(200)
    const asJwt = await exchange(w, secret, { ...AT_THE_SERVER, subject_token_type: JWT })
    expect(refusalOf(asJwt)).toBe('400 invalid_request')
  })

  test('2.1: requested_token_type is access_token or jwt, and is what the answer says', async () => {
    const subject = await login()
    for (const type of [ACCESS_TOKEN, JWT]) {
      const { json } = await exchange(w, subject, { requested_token_type: type })
      expect(json.issued_token_type).toBe(type)
    }
    const reply = await exchange(w, subject, { requested_token_type: ID_TOKEN })
    expect(refusalOf(reply)).toBe('400 invalid_request')
  })

  test('2.1: actor_token needs its type, and a type needs its token', async () => {
    const { secret } = await machine(w, { ownerId: w.owner.accountId })
    const alone = await exchange(w, await login(), { actor_token: secret })
    const typeAlone = await exchange(w, await login(), { actor_token_type: ACCESS_TOKEN })
    expect([refusalOf(alone), refusalOf(typeAlone)]).toEqual(['400 invalid_request', '400 invalid_request'])
  })
})

describe('2.1, any credential that is accepted elsewhere is a subject token', () => {
  test.each<IssuerAlgorithm>(['RS256', 'ES256', 'EdDSA'])('of another issuer, %s', async (algorithm) => {
    const subject = await issuer.accessToken({ algorithm, scope: 'repo:read' })
    const { status, json } = await exchange(w, subject, { subject_token_type: JWT })
    expect([status, json.scope]).toEqual([200, 'repo:read'])
  })

  test('an opaque one', async () => {
    const { secret, account } = await machine(w, { kind: 'service' })
    expect(claimsOf(await exchanged(w, secret, AT_THE_SERVER)).sub).toBe(account.id)
  })

  test('one that an exchange gave, again and again', async () => {
    let token = await login()
    for (let i = 0; i < 4; i++) token = await exchanged(w, token, { audience: app(), scope: 'repo:pull' })
    expect(await reads(token)).toBe(200)
  })

  test('but not the internal token, nor a whole header', async () => {
    for (const subject of [INTERNAL, `Bearer ${await login()}`, ''])
      expect(refusalOf(await exchange(w, subject))).toBe('400 invalid_request')
  })
})

describe('2.2.1, the successful answer', () => {
  test('says token, type, seconds, what was issued and its scope, and is kept nowhere', async () => {
    const { status, headers, json } = await exchange(w, await login(), { audience: app() })
    expect(status).toBe(200)
    expect(json).toEqual({
      access_token: expect.stringMatching(/^ey/),
      issued_token_type: ACCESS_TOKEN,
      token_type: 'Bearer',
      expires_in: 900,
      scope: 'repo:pull repo:push',
    })
    expect([headers.get('cache-control'), headers.get('pragma')]).toEqual(['no-store', 'no-cache'])
    expect(headers.get('content-type')).toMatch(/^application\/json/)
  })

  test('expires_in is what the token itself says', async () => {
    const { json } = await exchange(w, await login(), { expires_in: '77' })
    const { iat = 0, exp = 0 } = claimsOf(json.access_token)
    expect([json.expires_in, exp - iat]).toEqual([77, 77])
  })

  test.each([
    ['nothing is wished', {}, 900],
    ['a wish for less', { expires_in: '1' }, 1],
    ['a wish for too much', { expires_in: '99999999' }, 3600],
  ])('a token lives a quarter of an hour, and an hour at most: %s', async (_case, wish, seconds) => {
    expect((await exchange(w, await login({ ttlSeconds: 7200 }), wish)).json.expires_in).toBe(seconds)
  })

  test.each(['0', '-1', '1.5', 'soon', '1e3', '9999999999'])(
    'expires_in=%s is invalid_request',
    async (wish) => {
      expect(refusalOf(await exchange(w, await login(), { expires_in: wish }))).toBe('400 invalid_request')
    },
  )

  test('a token lives no longer than what it was exchanged for', async () => {
    const subject = await login({ ttlSeconds: 100 })
    const { json } = await exchange(w, subject, { expires_in: '3600' })
    expect(claimsOf(json.access_token).exp).toBe(claimsOf(subject).exp)
  })

  test('a subject token that lives on forgiven clocks alone is too old to be exchanged', async () => {
    const reply = await exchange(w, await login({ ttlSeconds: -20 }))
    expect(refusalOf(reply)).toBe('400 invalid_request')
    expect(reply.json.error_description).toContain('has ended')
  })
})

describe('2.2.2, an invalid subject token is invalid_request', () => {
  test.each<[string, () => Promise<string> | string]>([
    ['expired', () => login({ ttlSeconds: -3600 })],
    [
      'signed with another secret',
      () => platformToken(Buffer.alloc(32, 'x'), { accountId: randomUUID(), name: 'x' }),
    ],
    ['not a token', () => 'nonsense'],
    ['opaque and never given out', () => mintOpaqueToken('personal').token],
    ['too large', () => 'a'.repeat(9_000)],
    ['unsigned', () => 'eyJhbGciOiJub25lIn0.eyJzdWIiOiJ4IiwiZXhwIjo5OTk5OTk5OTk5fQ.'],
  ])('one that is %s', async (_case, token) => {
    const subject = await token()
    const reply = await exchange(w, subject)
    expect(refusalOf(reply)).toBe('400 invalid_request')
    expect(reply.text).not.toContain(subject)
    expect(reply.headers.get('cache-control')).toBe('no-store')
  })

  test('one that was revoked', async () => {
    const { secret, tokenId } = await machine(w, { kind: 'service' })
    await exchanged(w, secret, AT_THE_SERVER)
    await revokeToken(w, tokenId)
    await vi.waitFor(async () => expect((await exchange(w, secret, AT_THE_SERVER)).status).toBe(400))
  })

  test('so is an invalid actor token', async () => {
    const reply = await exchange(w, await login(), {
      actor_token: 'nonsense',
      actor_token_type: ACCESS_TOKEN,
    })
    expect(refusalOf(reply)).toBe('400 invalid_request')
    expect(reply.json.error_description).toContain('actor_token is not valid')
  })
})

describe('4.1, actors', () => {
  const actor = (secret: string) => ({ actor_token: secret, actor_token_type: ACCESS_TOKEN })

  test("an agent acts for its owner: the token is the owner's, and names the agent", async () => {
    const agent = await machine(w, { ownerId: w.owner.accountId })
    const token = await exchanged(w, await login(), { audience: app(), ...actor(agent.secret) })
    expect(claimsOf(token)).toMatchObject({ sub: w.owner.accountId, act: { sub: agent.account.id } })
    expect(await reads(token)).toBe(200)
  })

  test('an agent that exchanges its own token goes on acting for its owner', async () => {
    const agent = await machine(w, { ownerId: w.owner.accountId })
    const token = await exchanged(w, agent.secret, { audience: app() })
    expect(claimsOf(token)).toMatchObject({ sub: w.owner.accountId, act: { sub: agent.account.id } })
  })

  test('a second actor is nested around the first, and the first is kept without a second', async () => {
    const [first, second] = [
      await machine(w, { ownerId: w.owner.accountId }),
      await machine(w, { ownerId: w.owner.accountId, kind: 'service' }),
    ]
    const once = await exchanged(w, await login(), actor(first.secret))
    const twice = await exchanged(w, once, actor(second.secret))
    const chain = { sub: second.account.id, act: { sub: first.account.id } }
    expect(claimsOf(twice)['act']).toEqual(chain)
    const third = await exchanged(w, twice, { audience: app() })
    expect(claimsOf(third)['act']).toEqual(chain)
    const whoever = await exchanged(w, third, actor(first.secret))
    expect(claimsOf(whoever)['act']).toEqual({ sub: first.account.id, act: chain })
    expect(await reads(third)).toBe(200)
  })

  test('a service of an organisation acts for its members, and for nobody else', async () => {
    const server = new Stage(w)
    await server.create('founder', { name: 'r' })
    const orgId = (await server.ask('founder', 'GET', `/repos/${server.org}/r`)).json.orgId
    const service = await machine(w, { kind: 'service', ownerOrgId: orgId })
    const member = await w.token(server.accountOf('founder'), 'founder')
    expect(claimsOf(await exchanged(w, member, actor(service.secret)))['act']).toEqual({
      sub: service.account.id,
    })
    expect(refusalOf(await exchange(w, await login(), actor(service.secret)))).toBe('400 invalid_request')
  })

  test.each<[string, () => Promise<string>]>([
    ["somebody else's agent", async () => (await machine(w, { ownerId: w.stranger.accountId })).secret],
    ['an agent of nobody', async () => (await machine(w, {})).secret],
    ['a person', () => w.token(w.stranger.accountId, 'stranger')],
    ['the subject itself', () => login()],
  ])('%s does not act for the owner: invalid_request', async (_case, secret) => {
    const reply = await exchange(w, await login(), actor(await secret()))
    expect(refusalOf(reply)).toBe('400 invalid_request')
    expect(reply.json.error_description).toContain('may let act')
  })

  test('a token with an actor lives no longer than the credential of either', async () => {
    const expiresAt = Date.now() + 100_000
    const agent = await machine(w, { ownerId: w.owner.accountId }, { expiresAt })
    const { json } = await exchange(w, await login(), actor(agent.secret))
    expect(json.expires_in).toBeLessThanOrEqual(100)
    expect(json.expires_in).toBeGreaterThan(90)
  })

  test.each(['subject', 'actor'] as const)(
    'revoking the token of the %s ends what both made',
    async (whose) => {
      const boss = await machine(w, { kind: 'service' })
      const agent = await machine(w, { ownerId: boss.account.id })
      const token = await exchanged(w, boss.secret, { ...AT_THE_SERVER, ...actor(agent.secret) })
      const grandchild = await exchanged(w, token, { scope: 'repo:read' })
      const status = async (of: string) =>
        (await fetch(`${w.url}/repos`, { headers: { authorization: `Bearer ${of}` } })).status
      expect([await status(token), await status(grandchild)]).toEqual([200, 200])
      await revokeToken(w, whose === 'subject' ? boss.tokenId : agent.tokenId)
      await vi.waitFor(async () =>
        expect([await status(token), await status(grandchild)]).toEqual([401, 401]),
      )
    },
  )
})

describe('attenuation', () => {
  test('without a wish, a token for the server says what the presented one says, but for admin', async () => {
    const narrow = await login({ scope: 'repo:read repo:acme/app:write' })
    const admin = await exchange(w, w.sluice.adminToken ?? '')
    expect((await exchange(w, narrow)).json.scope).toBe('repo:read repo:acme/app:write')
    expect(admin.json.scope).toBe('repo:admin repo:create')
  })

  test('without a wish, a token for a repository reads, and writes where the presented one may', async () => {
    const scopeOf = async (subject: string) => (await exchange(w, subject, { audience: app() })).json.scope
    expect(await scopeOf(await login())).toBe('repo:pull repo:push')
    expect(await scopeOf(await login({ scope: 'repo:read' }))).toBe('repo:pull')
  })

  test.each([
    ['more than the presented token allows', 'repo:read', { scope: 'repo:write' }],
    ['more on one repository', 'repo:acme/app:read', { scope: 'repo:acme/app:write' }],
    ['everything, of a token for one repository', 'repo:acme/app:admin', { scope: 'repo:read' }],
    ['creation, which is not in admin', 'repo:admin', { scope: 'repo:create' }],
    ['administration of the server', 'repo:admin', { scope: 'admin' }],
    ['administration, named in a token of one who has none', 'admin', { scope: 'admin' }],
    ['a scope that nobody knows', 'repo:read', { scope: 'openid' }],
    ['a word with a slip in it', 'repo:write', { scope: 'repo:write repo:wirte' }],
  ])('%s is invalid_scope', async (_case, has, wants) => {
    expect(refusalOf(await exchange(w, await login({ scope: has }), wants))).toBe('400 invalid_scope')
  })

  test('a role that the subject does not have is not handed on, whatever its token allows', async () => {
    const subject = await w.token(w.stranger.accountId, 'stranger')
    const public_ = await w.createRepo(`open-${randomUUID().slice(0, 8)}`, { visibility: 'public' })
    const audience = public_.url.replace(/\.git$/, '')
    expect((await exchange(w, subject, { audience })).json.scope).toBe('repo:pull')
    expect(refusalOf(await exchange(w, subject, { audience, scope: 'repo:push' }))).toBe('400 invalid_scope')
  })

  test('only an administrator with such a token hands administration on', async () => {
    const token = await exchanged(w, w.sluice.adminToken ?? '', { scope: 'admin' })
    const answer = await fetch(`${w.url}/admin/repos`, { headers: { authorization: `Bearer ${token}` } })
    expect(answer.status).toBe(200)
    const less = await exchanged(w, w.sluice.adminToken ?? '', { scope: 'repo:read' })
    expect(refusalOf(await exchange(w, less, { scope: 'admin' }))).toBe('400 invalid_scope')
  })

  test('limits of the presented token hold for what is exchanged for it, though it says nothing of them', async () => {
    const limited = await login({
      authorizationDetails: JSON.parse(
        details({ identifier: 'acme/app', actions: ['write'], refs: ['refs/heads/a/*'] }),
      ),
    })
    const token = await exchanged(w, limited, { audience: app(), scope: 'repo:push' })
    const branch = async (name: string) =>
      (
        await fetch(`${w.url}/repos/acme/app/commits`, {
          method: 'POST',
          headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
          body: JSON.stringify({
            branch: name,
            message: 'by a sub-agent',
            changes: [{ action: 'put', path: `${name}.txt`, content: 'x' }],
          }),
        })
      ).status
    expect([await branch('a/mine'), await branch('main')]).toEqual([201, 403])
  })

  test('the chain of tokens ends before one is too large to be presented', async () => {
    const refs = Array.from({ length: 12 }, (_, i) => `refs/heads/agents/of-this-team/${i}/*`)
    const authorization_details = details({ identifier: 'acme/app', actions: ['write'], refs })
    let token = await login()
    let reply = await exchange(w, token, { authorization_details })
    for (let i = 0; reply.status === 200 && i < 20; i++) {
      token = reply.json.access_token
      expect(token.length).toBeLessThan(8192)
      expect(await reads(token)).toBe(200)
      reply = await exchange(w, token, { authorization_details })
    }
    expect(refusalOf(reply)).toBe('400 invalid_request')
    expect(reply.json.error_description).toContain('too large')
  })
})

test('the client that exchanged a token stands in it', async () => {
  const { json } = await askForToken(w, {
    grant_type: TOKEN_EXCHANGE,
    subject_token: await login(),
    subject_token_type: ACCESS_TOKEN,
    client_id: 'ci-runner',
  })
  expect(claimsOf(json.access_token)['client_id']).toBe('ci-runner')
})
