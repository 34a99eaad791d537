/** RFC 7523, JWT assertions as authorization grants; and the bindings by which they count. */
import { generateKeyPair, SignJWT } from 'jose'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startIssuer, type Issuer } from '../support/issuer.ts'
import { restWorld, Stage } from '../support/rest.ts'
import { askForToken, claimsOf, machine, refusalOf, type Form } from '../support/token-endpoint.ts'
import { statusWith } from '../support/token-queries.ts'
import type { World } from '../support/world.ts'

const JWT_BEARER = 'urn:ietf:params:oauth:grant-type:jwt-bearer'
const AUDIENCE = 'https://sluice.example'
const REPOSITORY = { repository: 'acme/app', ref: 'refs/heads/main', run_attempt: 1 }

let ci: Issuer
let people: Issuer
let w: World
beforeAll(async () => {
  ci = await startIssuer({ audience: AUDIENCE })
  people = await startIssuer({ audience: AUDIENCE, scopes: ['repo:read'] })
  const listed = (issuer: Issuer, use: string) => ({
    issuer: issuer.issuer,
    jwksUri: issuer.jwksUri,
    audience: [AUDIENCE, 'another'],
    use,
  })
  const down = { issuer: 'http://127.0.0.1:9', jwksUri: 'http://127.0.0.1:9/jwks', audience: AUDIENCE }
  const issuers = [listed(ci, 'workload'), listed(people, 'login'), { ...down, use: 'workload' }]
  w = await restWorld({ SLUICE_ISSUERS: JSON.stringify(issuers) })
})
afterAll(async () => {
  await w[Symbol.asyncDispose]()
  await ci[Symbol.asyncDispose]()
  await people[Symbol.asyncDispose]()
})

/** A machine of the stage's `owner`, with a repository that he owns, and a way to bind workloads to it. */
async function stage(kind: 'agent' | 'service' = 'agent') {
  const server = new Stage(w)
  await server.create('owner', { name: 'app' })
  const made = await server.ask('owner', 'POST', '/accounts', { kind, displayName: 'deployer' })
  const id: string = made.json.id
  const bindings = `/accounts/${id}/bindings`
  // Claims that no other stage has: bindings of all stages are candidates for every assertion.
  const workload = { ...REPOSITORY, environment: server.org }
  const bind = (fields: object = {}, who = 'owner') =>
    server.ask(who, 'POST', bindings, {
      issuer: ci.issuer,
      audience: AUDIENCE,
      claims: { repository: 'acme/*', environment: server.org },
      ...fields,
    })
  const assertion = (claims: object = {}) => ci.accessToken({ claims: { ...workload, ...claims } })
  const ask = async (more: Form = {}, claims: object = {}) =>
    askForToken(w, { grant_type: JWT_BEARER, assertion: await assertion(claims), ...more })
  const app = `${w.url}/${server.org}/app`
  return { server, id, bindings, bind, assertion, ask, app }
}

const INVALID = '400 invalid_grant'

test.each([[[{}]], [[['x']]], [[1]], [[null]], [{}], [5], [true], [['a\0b', AUDIENCE]]])(
  'an audience that is no text, %j, is refused like any other (odd-audience-regression)',
  async (aud) => {
    const { bind, ask } = await stage()
    await bind()
    expect(refusalOf(await ask({}, { aud }))).toBe(INVALID)
  },
)

describe('2.1, the grant', () => {
  test('a workload gets a token of the machine that it is bound to, which works', async () => {
    const { server, id, bind, ask, app } = await stage()
    const { json: binding } = await bind()
    const { status, headers, json } = await ask()
    expect([status, headers.get('cache-control'), json.token_type]).toEqual([200, 'no-store', 'Bearer'])
    expect(claimsOf(json.access_token)).toMatchObject({
      sub: server.accountOf('owner'),
      act: { sub: id },
      client_id: id,
      minted_from: [binding.id],
    })
    const read = await fetch(`${w.url}/repos/${server.org}/app`, {
      headers: { authorization: `Bearer ${json.access_token}` },
    })
    expect(read.status).toBe(200)
    const narrow = await ask({ resource: app, scope: 'repo:pull' })
    expect([narrow.status, narrow.json.scope]).toEqual([200, 'repo:pull'])
  })

  test('a service acts for itself, not for its owner', async () => {
    const { id, bind, ask } = await stage('service')
    await bind()
    const claims = claimsOf((await ask()).json.access_token)
    expect([claims.sub, claims['act']]).toEqual([id, undefined])
  })

  test('the grants of the binding are the most that it gives', async () => {
    const { server, bind, ask, app } = await stage()
    await bind({ scope: `repo:${server.org}/app:read` })
    expect(claimsOf((await ask()).json.access_token)['scope']).toBe(`repo:${server.org}/app:read`)
    expect((await ask({ resource: app, scope: 'repo:pull' })).status).toBe(200)
    expect(refusalOf(await ask({ resource: app, scope: 'repo:push' }))).toBe('400 invalid_scope')
    const { status, json } = await ask({ resource: app })
    expect([status, json.scope]).toEqual([200, 'repo:pull'])
    const push = { authorization: `Bearer ${json.access_token}`, 'content-type': 'application/json' }
    const branch = await fetch(`${w.url}/repos/${server.org}/app/branches`, {
      method: 'POST',
      headers: push,
      body: '{}',
    })
    expect(branch.status).toBe(403)
  })

  test('assertion is required', async () => {
    expect(refusalOf(await askForToken(w, { grant_type: JWT_BEARER }))).toBe('400 invalid_request')
  })

  test('RFC 7521 4.1: a token does not outlive its assertion by much, and lives an hour at most', async () => {
    const { bind, ask } = await stage()
    await bind()
    const soon = Math.floor(Date.now() / 1000) + 60
    const asked = await ask({ expires_in: '3600' }, { exp: soon })
    expect(asked.json.expires_in).toBeGreaterThan(900)
    expect(asked.json.expires_in).toBeLessThanOrEqual(960)
    expect((await ask({ expires_in: '86400' }, { exp: soon + 86_400 })).json.expires_in).toBe(3600)
    expect((await ask()).json.expires_in).toBe(900)
  })
})

describe('3, what an assertion must be', () => {
  const now = () => Math.floor(Date.now() / 1000)

  test.each<[string, () => object]>([
    ['3.3: for another audience', () => ({ aud: 'https://other.example' })],
    ['3.3: for an audience that the issuer may use, but not the binding', () => ({ aud: 'another' })],
    ['3.3: without an audience', () => ({ aud: [] })],
    ['3.2: without a subject', () => ({ sub: null })],
    ['3.4: expired', () => ({ exp: now() - 120 })],
    ['3.4: without an end', () => ({ exp: null })],
    ['3.5: not valid yet', () => ({ nbf: now() + 600 })],
    ['3.1: in the name of another issuer', () => ({ iss: people.issuer })],
    ['with another claim than the binding wants', () => ({ repository: 'evil/app' })],
    ['without a claim that the binding wants', () => ({ environment: null })],
  ])('%s: invalid_grant', async (_case, claims) => {
    const { bind, ask } = await stage()
    await bind()
    expect(refusalOf(await ask())).toBe('200 undefined')
    expect(refusalOf(await ask({}, claims()))).toBe(INVALID)
  })

  test('3.9: one that its issuer did not sign is invalid_grant, and so is what is no JWT', async () => {
    const { bind, ask, assertion } = await stage()
    await bind()
    const { privateKey } = await generateKeyPair('RS256')
    const forged = await new SignJWT({ ...claimsOf(await assertion()) })
      .setProtectedHeader({ alg: 'RS256', kid: 'rs256' })
      .sign(privateKey)
    const [header, payload] = (await assertion()).split('.')
    const unsigned = `${Buffer.from('{"alg":"none"}').toString('base64url')}.${payload}.`
    for (const bad of [forged, unsigned, `${header}.${payload}.AAAA`, 'no.jwt.atall', 'x', 'x'.repeat(9_000)])
      expect(refusalOf(await ask({ assertion: bad }))).toBe(INVALID)
  })

  test('every refusal is the same: nothing tells which bindings there are', async () => {
    const bound = await stage()
    await bound.bind()
    const refusals = [
      await (await stage()).ask(),
      await bound.ask({}, { repository: 'evil/app' }),
      await bound.ask({}, { exp: now() - 120 }),
      await bound.ask({ assertion: 'x' }),
      await bound.ask({ client_id: w.owner.accountId }),
    ]
    expect(new Set(refusals.map(({ text }) => text)).size).toBe(1)
  })

  test('an issuer of people can vouch for a workload as well', async () => {
    const { server, bind } = await stage()
    await bind({ issuer: people.issuer })
    const assertion = await people.accessToken({ claims: { ...REPOSITORY, environment: server.org } })
    expect((await askForToken(w, { grant_type: JWT_BEARER, assertion })).status).toBe(200)
  })

  test('keys that cannot be had are no fault of the assertion: 503', async () => {
    const { privateKey } = await generateKeyPair('ES256')
    const assertion = await new SignJWT({
      iss: 'http://127.0.0.1:9',
      sub: 'x',
      aud: AUDIENCE,
      exp: now() + 60,
    })
      .setProtectedHeader({ alg: 'ES256' })
      .sign(privateKey)
    const reply = await askForToken(w, { grant_type: JWT_BEARER, assertion })
    expect(refusalOf(reply)).toBe('503 temporarily_unavailable')
  })
})

describe('which machine', () => {
  test('of two accounts that fit, client_id names the one; without it: invalid_grant', async () => {
    const one = await stage()
    const other = await one.server.ask('owner', 'POST', '/accounts', { kind: 'service', displayName: 'b' })
    await one.bind()
    await one.server.ask('owner', 'POST', `/accounts/${other.json.id}/bindings`, {
      issuer: ci.issuer,
      audience: AUDIENCE,
      claims: { environment: one.server.org },
    })
    expect(refusalOf(await one.ask())).toBe(INVALID)
    expect(refusalOf(await one.ask({ client_id: 'a-name' }))).toBe(INVALID)
    const asOther = await one.ask({ client_id: other.json.id })
    expect(claimsOf(asOther.json.access_token).sub).toBe(other.json.id)
    const asFirst = await one.ask({ client_id: one.id })
    expect(claimsOf(asFirst.json.access_token)['act']).toEqual({ sub: one.id })
  })

  test('of two bindings of one account, the one that asks for more counts', async () => {
    const { server, bind, ask } = await stage()
    await bind({ scope: `repo:${server.org}/app:read` })
    const main = { repository: 'acme/app', environment: server.org, ref: 'refs/heads/main' }
    await bind({ claims: main, scope: `repo:${server.org}/app:write` })
    const scopeAt = async (ref: string) => claimsOf((await ask({}, { ref })).json.access_token)['scope']
    expect(await scopeAt('refs/heads/main')).toBe(`repo:${server.org}/app:write`)
    expect(await scopeAt('refs/heads/topic')).toBe(`repo:${server.org}/app:read`)
  })

  test('a machine that is locked out gets nothing, and neither does one whose owner is', async () => {
    const { server, id, bind, ask } = await stage()
    await bind()
    const token = (await ask()).json.access_token
    for (const account of [id, server.accountOf('owner')]) {
      await server.ask('admin', 'PATCH', `/accounts/${account}`, { disabled: true })
      expect(refusalOf(await ask())).toBe(INVALID)
      expect(await statusWith(w, token)).toBe(401)
      await server.ask('admin', 'PATCH', `/accounts/${account}`, { disabled: false })
    }
    expect((await ask()).status).toBe(200)
  })
})

test('a token of a workload issuer is no credential, and makes no account', async () => {
  const { assertion } = await stage()
  const answer = await fetch(`${w.url}/whoami`, { headers: { authorization: `Bearer ${await assertion()}` } })
  expect(answer.status).toBe(401)
  const { json } = await askForToken(w, {
    grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
    subject_token: await assertion(),
    subject_token_type: 'urn:ietf:params:oauth:token-type:jwt',
  })
  expect(json.error).toBe('invalid_request')
  await using database = await w.openDatabase()
  const known = database.kysely.selectFrom('identities').selectAll().where('issuer', '=', ci.issuer)
  expect(await known.execute()).toEqual([])
})

describe('bindings', () => {
  test('POST /accounts/{id}/bindings binds a workload: 201 with its Location, and is told', async () => {
    const { server, id, bindings, bind } = await stage()
    const made = await bind({ scope: 'repo:read' })
    expect([made.status, made.json]).toEqual([
      201,
      {
        id: made.json.id,
        accountId: id,
        issuer: ci.issuer,
        audience: AUDIENCE,
        claims: { repository: 'acme/*', environment: server.org },
        grants: { scope: 'repo:read', authorizationDetails: [], within: [] },
        createdBy: server.accountOf('owner'),
        createdAt: made.json.createdAt,
      },
    ])
    expect(made.headers.get('location')).toBe(`${bindings}/${made.json.id}`)
    expect((await w.events()).findLast(({ targetId }) => targetId === id)).toMatchObject({
      type: 'account.bound',
      actorId: server.accountOf('owner'),
      data: { bindingId: made.json.id, claims: ['repository', 'environment'] },
    })
  })

  test('GET /accounts/{id}/bindings lists them, newest first, page by page', async () => {
    const { server, bindings, bind } = await stage()
    const ids = [(await bind()).json.id, (await bind()).json.id, (await bind()).json.id].sort().reverse()
    const first = await server.ask('owner', 'GET', `${bindings}?limit=2`)
    const [, next = ''] = /<(.+)>; rel="next"/.exec(first.headers.get('link') ?? '') ?? []
    const second = await server.ask('owner', 'GET', next)
    expect(
      [...first.json, ...second.json]
        .map(({ id }) => id)
        .sort()
        .reverse(),
    ).toEqual(ids)
    expect([first.json.length, second.headers.get('link')]).toEqual([2, null])
    expect((await server.ask('owner', 'GET', `/v1${bindings}`)).json).toHaveLength(3)
  })

  test('DELETE /accounts/{id}/bindings/{bindingId} ends the binding and its tokens: 204, then 404', async () => {
    const { server, id, bindings, bind, ask } = await stage()
    const { json: binding } = await bind()
    const token = (await ask()).json.access_token
    expect(await statusWith(w, token)).toBe(200)
    const removed = await server.ask('owner', 'DELETE', `${bindings}/${binding.id}`)
    expect([removed.status, removed.text]).toEqual([204, ''])
    expect(await statusWith(w, token)).toBe(401)
    expect(refusalOf(await ask())).toBe(INVALID)
    expect((await server.ask('owner', 'DELETE', `${bindings}/${binding.id}`)).status).toBe(404)
    expect((await w.events()).findLast(({ targetId }) => targetId === id)).toMatchObject({
      type: 'account.unbound',
      data: { bindingId: binding.id },
    })
  })

  test.each<[string, object, number, string]>([
    ['an issuer that is not in the settings', { issuer: 'https://evil.example' }, 422, 'SLUICE_ISSUERS'],
    ['an audience of another service', { audience: 'sts.amazonaws.com' }, 422, 'SLUICE_ISSUERS'],
    ['no claims', { claims: {} }, 400, 'at least one claim'],
    ['claims that are all any', { claims: { repository: '*' } }, 400, 'at least one claim'],
    ['any subject', { claims: { sub: '*', repository: 'acme/app' } }, 400, 'sub must not be any'],
    ['a claim that is no text', { claims: { run_attempt: 1 } }, 400, 'claims.run_attempt'],
    ['a scope that grants nothing', { scope: 'repo:fly' }, 400, 'scope'],
    ['the rights of an administrator', { scope: 'admin' }, 403, 'admin'],
    ['a member that nobody knows', { until: 'tomorrow' }, 400, 'until'],
  ])('%s: refused', async (_case, fields, status, said) => {
    const { bind } = await stage()
    const answer = await bind(fields)
    expect([answer.status, answer.text]).toEqual([status, expect.stringContaining(said)])
  })

  test('the audience may be this server, or an address below it', async () => {
    const { bind, ask } = await stage()
    const own = `${w.url}/workloads/acme`
    expect((await bind({ audience: own })).status).toBe(201)
    expect((await ask({}, { aud: own })).status).toBe(200)
    expect(refusalOf(await ask())).toBe(INVALID)
  })

  test('only who looks after the machine sees and changes them; nothing tells that it is there', async () => {
    const { server, bindings, bind } = await stage()
    const { json: binding } = await bind()
    server.narrow('narrowed', 'owner', 'repo:read')
    const statuses = async (who: string | null) => [
      (await server.ask(who, 'GET', bindings)).status,
      (await bind({}, who as string)).status,
      (await server.ask(who, 'DELETE', `${bindings}/${binding.id}`)).status,
    ]
    expect(await statuses('stranger')).toEqual([404, 404, 404])
    expect(await statuses(null)).toEqual([401, 401, 401])
    expect(await statuses('narrowed')).toEqual([403, 403, 403])
    const absent = await server.ask('stranger', 'GET', `/accounts/${server.accountOf('nobody')}/bindings`)
    const hidden = await server.ask('stranger', 'GET', bindings)
    expect(absent.text).toBe(hidden.text)
    expect((await server.ask('owner', 'GET', bindings)).json).toHaveLength(1)
  })

  test('a machine binds nobody to itself, and nobody is bound to a person', async () => {
    const { server, bind } = await stage()
    const { account, secret } = await machine(w, { kind: 'service', ownerId: server.accountOf('owner') })
    const answer = await fetch(`${w.url}/accounts/${account.id}/bindings`, {
      headers: { authorization: `Bearer ${secret}` },
    })
    expect(answer.status).toBe(404)
    const mine = `/accounts/${server.accountOf('owner')}/bindings`
    expect((await server.ask('owner', 'GET', mine)).status).toBe(404)
    expect((await server.ask('admin', 'GET', mine)).status).toBe(404)
    expect((await bind({}, 'admin')).status).toBe(201)
  })

  test('an account has fifty at most: 422', async () => {
    const { bind } = await stage()
    const made = await Promise.all(Array.from({ length: 50 }, () => bind()))
    expect(new Set(made.map(({ status }) => status))).toEqual(new Set([201]))
    expect((await bind()).status).toBe(422)
  })
})
