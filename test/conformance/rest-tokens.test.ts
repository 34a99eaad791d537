/** auth.md, section 4: tokens that live for days, who may have which, and their end. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { newId } from '../../src/kernel/uuid.ts'
import { bearer, exchanged, expectStatus, newMachine, newToken, whoamiStatus } from '../support/managed.ts'
import { restWorld, Stage, type Answer } from '../support/rest.ts'
import type { World } from '../support/world.ts'

const DAY_MS = 86_400_000

let w: World
beforeAll(async () => {
  w = await restWorld()
})
afterAll(() => w[Symbol.asyncDispose]())

function idsOf({ json }: Answer): string[] {
  return json.map((one: { id: string }) => one.id)
}

async function eventsOf(tokenId: string) {
  return (await w.events()).filter((event) => event.targetId === tokenId)
}

test('POST /tokens shows a token this once: 201, never cached, good at once, and its event', async () => {
  const server = new Stage(w)
  const answer = await expectStatus(201, server.ask('ann', 'POST', '/tokens', { name: 'laptop' }))
  const { token, id, ...shown } = answer.json
  const ann = server.accountOf('ann')
  expect(token).toMatch(/^slc_personal_[0-9A-Za-z]{49}$/)
  expect(shown).toEqual({
    name: 'laptop',
    kind: 'personal',
    accountId: ann,
    actingFor: null,
    grants: { scope: 'repo:admin repo:create', authorizationDetails: [], within: [] },
    createdBy: ann,
    createdAt: expect.any(String),
    lastUsed: null,
    expiresAt: expect.any(String),
    revokedAt: null,
  })
  expect(Date.parse(shown.expiresAt) - Date.parse(shown.createdAt)).toBeLessThanOrEqual(90 * DAY_MS)
  expect(Date.parse(shown.expiresAt) - Date.parse(shown.createdAt)).toBeGreaterThan(89 * DAY_MS)
  expect(answer.headers.get('cache-control')).toBe('no-store')
  expect(answer.headers.get('location')).toBe(`/tokens/${id}`)
  expect(await whoamiStatus(server, { token })).toBe(200)
  expect(await eventsOf(id)).toMatchObject([
    {
      type: 'token.minted',
      actorId: ann,
      agentId: null,
      data: { kind: 'personal', name: 'laptop', accountId: ann },
    },
  ])
})

test('a retry with the same Idempotency-Key makes another token: a secret is kept nowhere for it', async () => {
  const server = new Stage(w)
  const mint = () => server.ask('ann', 'POST', '/tokens', { name: 'laptop' }, { 'idempotency-key': 'k' })
  const [first, second] = [await mint(), await mint()]
  expect(first.json.token).not.toBe(second.json.token)
})

describe('for a machine', () => {
  test('an agent of a person acts for that person; a service, and an agent of an organisation, for itself', async () => {
    const server = new Stage(w)
    await server.create('ann', { name: 'r' })
    const made = async (fields: object) => {
      const machine = await newMachine(server, 'ann', fields)
      const { accountId, actingFor } = await newToken(server, 'ann', { account: machine.id })
      expect(accountId).toBe(machine.id)
      return actingFor
    }
    expect(await made({ kind: 'agent' })).toBe(server.accountOf('ann'))
    expect(await made({ kind: 'service' })).toBeNull()
    expect(await made({ kind: 'agent', org: server.org })).toBeNull()
  })

  test('of somebody else, of a person, or of nobody: 404, all the same', async () => {
    const server = new Stage(w)
    const { id } = await newMachine(server, 'ann')
    const mint = (account: string, who = 'ben') => server.ask(who, 'POST', '/tokens', { name: 'x', account })
    const absent = await mint(newId())
    expect([absent.status, absent.json.error.details]).toEqual([404, { reason: 'no such account' }])
    expect((await mint(id)).json).toEqual(absent.json)
    expect((await mint(server.accountOf('ann'), 'admin')).json).toEqual(absent.json)
    expect((await mint(id, 'internal')).status).toBe(201)
  })

  test("the platform's own services must say for which: 403", async () => {
    const { status, json } = await new Stage(w).ask('internal', 'POST', '/tokens', { name: 'x' })
    expect([status, json.error.details.required]).toEqual([403, 'account'])
  })
})

describe('what a token asks for', () => {
  const DETAIL = { type: 'git_repository', identifier: 'acme/app', actions: ['write'] }

  test('stands in its words', async () => {
    const server = new Stage(w)
    const details = [{ ...DETAIL, refs: ['refs/heads/x/*'], paths: ['docs/**'] }]
    const minted = await newToken(server, 'ann', { scope: 'repo:acme/b:read', authorizationDetails: details })
    expect(minted['grants']).toEqual({ scope: 'repo:acme/b:read', authorizationDetails: details, within: [] })
  })

  test.each<[string, object, string]>([
    ['a word that is not known', { scope: 'repo:acme/app:push' }, 'scope'],
    ['one among others', { scope: 'repo:acme/app:write openid' }, 'scope'],
    ['a direction without a repository', { scope: 'repo:pull' }, 'scope'],
    ['nothing but spaces', { scope: '  ' }, 'scope'],
    ['details of another type', { authorizationDetails: [{ type: 'payment' }] }, 'authorizationDetails'],
    [
      'a limit that is not known',
      { authorizationDetails: [{ ...DETAIL, until: 1 }] },
      'authorizationDetails',
    ],
    ['no details in the list', { authorizationDetails: [] }, 'authorizationDetails'],
    ['a member that is not known, as it could be a limit', { scopes: 'repo:read' }, ''],
    ['a life of nothing', { expiresIn: 0 }, 'expiresIn'],
    ['a life of over a year', { expiresIn: 365 * 86_400 + 1 }, 'expiresIn'],
    ['no name', { name: undefined }, 'name'],
    ['an empty name', { name: ' ' }, 'name'],
    ['a long name', { name: 'x'.repeat(101) }, 'name'],
    ['a name of two lines', { name: 'a\nb' }, 'name'],
    ['a kind that is not made here', { kind: 'admin' }, 'kind'],
    ['a deploy token for everything', { kind: 'deploy' }, 'scope'],
    ['a deploy token for everything in a word', { kind: 'deploy', scope: 'repo:write' }, 'scope'],
  ])('%s: 400', async (_case, fields, path) => {
    const server = new Stage(w)
    const { status, json } = await server.ask('ann', 'POST', '/tokens', { name: 'x', ...fields })
    expect([status, json.error.details[0].path]).toEqual([400, path])
    expect(idsOf(await server.ask('ann', 'GET', '/tokens'))).toEqual([])
  })

  test('a deploy token names its repositories', async () => {
    const server = new Stage(w)
    const byScope = await newToken(server, 'ann', { kind: 'deploy', scope: 'repo:acme/app:write' })
    expect(byScope.token).toMatch(/^slc_deploy_/)
    await newToken(server, 'ann', { kind: 'deploy', authorizationDetails: [DETAIL] })
  })

  test('admin is only for administrators, with a token that grants as much, and for themselves', async () => {
    const server = new Stage(w)
    const ask = (who: string | null, rest: object = {}, headers = {}) =>
      server.ask(who, 'POST', '/tokens', { name: 'x', scope: 'admin', ...rest }, headers)
    const missing = async (answer: Promise<Answer>) => (await answer).json.error?.details?.missing
    expect(await missing(ask('ann'))).toBe('scope')
    const lesser = await newToken(server, 'admin')
    expect(await missing(ask(null, {}, bearer(lesser)))).toBe('scope')
    const service = await newMachine(server, 'admin', { kind: 'service' })
    expect(await missing(ask('admin', { account: service.id }))).toBe('role')
    const minted = (await expectStatus(201, ask('admin'))).json
    expect((await server.ask(null, 'GET', '/admin/jobs', undefined, bearer(minted))).status).toBe(200)
  })
})

describe('what comes from a token that is no login', () => {
  async function narrowed(fields: object = {}) {
    const server = new Stage(w)
    for (const name of ['a', 'b']) await server.create('ann', { name })
    const scope = `repo:${server.org}/a:write`
    const parent = await newToken(server, 'ann', { name: 'parent', scope, expiresIn: 3600, ...fields })
    return { server, parent, scope }
  }

  test('may do no more: what it asks for beyond is not there', async () => {
    const { server, parent, scope } = await narrowed()
    const child = await newToken(server, bearer(parent), { scope: 'repo:admin' })
    expect(child['grants']).toEqual({
      scope: 'repo:admin',
      authorizationDetails: [],
      within: [{ scope, authorizationDetails: [] }],
    })
    const ask = async (method: string, name: string, path = '') =>
      (await server.ask(null, method, `/repos/${server.org}/${name}${path}`, undefined, bearer(child))).status
    expect([await ask('GET', 'a'), await ask('GET', 'b'), await ask('POST', 'a', '/archive')]).toEqual([
      200, 404, 403,
    ])
  })

  test('says the same as it when nothing is asked for', async () => {
    const { server, parent, scope } = await narrowed()
    const child = await newToken(server, bearer(parent))
    expect(child['grants']).toEqual({ scope, authorizationDetails: [], within: [] })
  })

  test('is refused when it could do nothing at all', async () => {
    const { server, parent } = await narrowed()
    const asked = { name: 'x', scope: `repo:${server.org}/b:read` }
    const { status, json } = await server.ask(null, 'POST', '/tokens', asked, bearer(parent))
    expect([status, json.error.details[0]]).toEqual([
      400,
      { path: 'scope', message: 'the presented token allows none of this' },
    ])
  })

  test('lives no longer, however long it asks for', async () => {
    const { server, parent } = await narrowed()
    const child = await newToken(server, bearer(parent), { expiresIn: 86_400 })
    expect(child['expiresAt']).toBe(parent['expiresAt'])
    const shorter = await newToken(server, bearer(parent), { expiresIn: 60 })
    expect(String(shorter['expiresAt']) < String(parent['expiresAt'])).toBe(true)
    const signed = await exchanged(w.url, parent.token)
    const ofSigned = await newToken(server, bearer(signed))
    expect(Date.parse(String(ofSigned['expiresAt'])) - Date.now()).toBeLessThanOrEqual(3600_000)
  })

  test('ends with it, at any depth and through signed tokens, and leaves others alone', async () => {
    const { server, parent } = await narrowed()
    const child = await newToken(server, bearer(parent))
    const grandchild = await newToken(server, bearer(await exchanged(w.url, child.token)))
    const sibling = await newToken(server, 'ann')
    await expectStatus(204, server.ask('ann', 'DELETE', `/tokens/${parent.id}`))
    for (const token of [parent, child, grandchild]) expect(await whoamiStatus(server, token)).toBe(401)
    expect(await whoamiStatus(server, sibling)).toBe(200)
    const { json } = await server.ask('ann', 'GET', '/tokens')
    const standing = json.filter((one: { revokedAt: string | null }) => one.revokedAt === null)
    expect(standing.map((one: { id: string }) => one.id)).toEqual([sibling.id])
  })

  test('from a login outlives it, and ends when that login token is taken back', async () => {
    const server = new Stage(w)
    const login = { token: await w.token(server.accountOf('ann'), 'ann on another machine') }
    const made = await newToken(server, bearer(login))
    const other = await newToken(server, 'ann')
    await fetch(`${w.url}/oauth/revoke`, { method: 'POST', body: new URLSearchParams(login) })
    expect(await whoamiStatus(server, made)).toBe(401)
    expect(await whoamiStatus(server, other)).toBe(200)
  })

  test('a login token that its issuer has narrowed is no login: it gives as much, and for as long', async () => {
    const server = new Stage(w)
    server.narrow('narrowed', 'ann', `repo:${server.org}/r:read`)
    const minted = await newToken(server, 'narrowed')
    expect(minted['grants']).toMatchObject({ scope: `repo:${server.org}/r:read` })
    expect(Date.parse(String(minted['expiresAt'])) - Date.now()).toBeLessThanOrEqual(3600_000)
  })
})

describe('GET /tokens', () => {
  test('lists own tokens and those of machines that one looks after, newest first, in pages and by account', async () => {
    const server = new Stage(w)
    const { id: agent } = await newMachine(server, 'ann')
    const mine = await newToken(server, 'ann', { name: 'mine' })
    const its = await newToken(server, 'ann', { name: 'its', account: agent })
    await newToken(server, 'ben', { name: 'his' })
    expect(idsOf(await server.ask('ann', 'GET', '/tokens'))).toEqual([its.id, mine.id])
    expect(idsOf(await server.ask('ann', 'GET', `/tokens?account=${agent}`))).toEqual([its.id])
    expect(idsOf(await server.ask('ben', 'GET', `/tokens?account=${agent}`))).toEqual([])
    expect(idsOf(await server.ask('admin', 'GET', `/tokens?account=${agent}`))).toEqual([its.id])
    const first = await server.ask('ann', 'GET', '/tokens?limit=1')
    const cursor = first.headers.get('x-next-cursor')
    expect(idsOf(await server.ask('ann', 'GET', `/tokens?limit=1&cursor=${cursor}`))).toEqual([mine.id])
    expect((await server.ask('ann', 'GET', '/tokens?cursor=x')).status).toBe(400)
    expect((await server.ask(null, 'GET', '/tokens')).status).toBe(401)
  })

  test('tells when and from where a token was last used, and when it was revoked', async () => {
    const server = new Stage(w)
    const used = await newToken(server, 'ann')
    expect(await whoamiStatus(server, used)).toBe(200)
    await server.ask('ann', 'DELETE', `/tokens/${used.id}`)
    const [shown] = (await server.ask('ann', 'GET', '/tokens')).json
    expect(shown.lastUsed).toEqual({ at: expect.any(String), address: '127.0.0.1' })
    expect(Date.parse(shown.revokedAt)).toBeGreaterThanOrEqual(Date.parse(shown.lastUsed.at))
  })

  test('holds no token and no hash of one', async () => {
    const server = new Stage(w)
    const minted = [await newToken(server, 'ann'), await newToken(server, 'ann', { scope: 'repo:read' })]
    await using database = await w.openDatabase()
    const rows = await database.kysely.selectFrom('opaque_tokens').select('hash').execute()
    const secrets = [...minted.map((one) => one.token), ...rows.map((row) => row.hash)]
    const lists = [
      await server.ask('ann', 'GET', '/tokens'),
      await server.ask('admin', 'GET', '/tokens?limit=100'),
    ]
    expect(idsOf(lists[1]!)).toContain(minted[0]!.id)
    for (const { text } of lists) expect(secrets.filter((secret) => text.includes(secret))).toEqual([])
    const log = JSON.stringify(await w.events())
    expect(secrets.filter((secret) => log.includes(secret))).toEqual([])
  })

  test('shows a narrowed token itself and what was minted from it, and an agent no more than its own', async () => {
    const server = new Stage(w)
    const { id: agent } = await newMachine(server, 'ann')
    const wide = await newToken(server, 'ann', { account: agent })
    const narrow = await newToken(server, 'ann', { scope: 'repo:read' })
    const child = await newToken(server, bearer(narrow))
    const seen = async (token: { token: string }) =>
      idsOf(await server.ask(null, 'GET', '/tokens', undefined, bearer(token)))
    expect(await seen(narrow)).toEqual([child.id, narrow.id])
    expect(await seen(child)).toEqual([child.id])
    expect(await seen(wide)).toEqual([wide.id])
  })
})

test('what a token carries of those that it came from has an end (nested-grants-regression)', async () => {
  const server = new Stage(w)
  const authorizationDetails = Array.from({ length: 50 }, (_, n) => ({
    type: 'git_repository',
    identifier: `acme/app-${n}`,
    actions: ['read'],
  }))
  const body = { name: 'deeper', authorizationDetails }
  let last = await newToken(server, 'ann', { authorizationDetails })
  let status = 201
  for (let depth = 2; status === 201; depth++) {
    expect(depth).toBeLessThan(20)
    const answer = await server.ask(null, 'POST', '/tokens', body, bearer(last))
    status = answer.status
    if (status === 201) last = answer.json
  }
  expect(status).toBe(400)
  expect(await whoamiStatus(server, last)).toBe(200)
})

describe('DELETE /tokens/{id}', () => {
  test('ends a token by the next request: 204, also the second time; the log says who did it', async () => {
    const server = new Stage(w)
    const minted = await newToken(server, 'ann')
    expect(await whoamiStatus(server, minted)).toBe(200)
    const remove = () => server.ask('ann', 'DELETE', `/tokens/${minted.id}`)
    const removed = await remove()
    expect([removed.status, removed.text]).toEqual([204, ''])
    expect(await whoamiStatus(server, minted)).toBe(401)
    expect((await remove()).status).toBe(204)
    expect(await eventsOf(minted.id)).toMatchObject([
      { type: 'token.minted' },
      { type: 'token.revoked', actorId: server.accountOf('ann'), agentId: null },
    ])
  })

  test('is for its subject, its maker, who looks after its account, and administrators; for others it is not there', async () => {
    const server = new Stage(w)
    await server.create('ann', { name: 'r' })
    const co = `/orgs/${server.org}/members/${server.accountOf('co-owner')}`
    await expectStatus(201, server.ask('ann', 'PUT', co, { role: 'owner' }))
    const { id: agent } = await newMachine(server, 'ann', { org: server.org })
    const mint = () => newToken(server, 'ann', { account: agent })
    const status = async (who: string, id: string) =>
      (await server.ask(who, 'DELETE', `/tokens/${id}`)).status
    const absent = await server.ask('stranger', 'DELETE', `/tokens/${newId()}`)
    expect([absent.status, absent.json.error.details]).toEqual([404, { reason: 'no such token' }])
    const kept = await mint()
    expect((await server.ask('stranger', 'DELETE', `/tokens/${kept.id}`)).json).toEqual(absent.json)
    expect(await whoamiStatus(server, kept)).toBe(200)
    for (const who of ['co-owner', 'ann', 'admin', 'internal'])
      expect([who, await status(who, (await mint()).id)]).toEqual([who, 204])
    const [own, sibling] = [await mint(), await mint()]
    const byItself = await server.ask(null, 'DELETE', `/tokens/${own.id}`, undefined, bearer(sibling))
    expect(byItself.status).toBe(204)
    await server.ask('co-owner', 'DELETE', `/orgs/${server.org}/members/${server.accountOf('ann')}`)
    expect(await status('ann', kept.id)).toBe(204)
  })

  test('a narrowed token ends itself and what was minted from it, and no other', async () => {
    const server = new Stage(w)
    const [narrow, other] = [
      await newToken(server, 'ann', { scope: 'repo:read' }),
      await newToken(server, 'ann'),
    ]
    const child = await newToken(server, bearer(narrow))
    const remove = async ({ id }: { id: string }) =>
      (await server.ask(null, 'DELETE', `/tokens/${id}`, undefined, bearer(narrow))).status
    expect([await remove(other), await remove(child), await remove(narrow)]).toEqual([404, 204, 204])
    expect(await whoamiStatus(server, other)).toBe(200)
  })

  test('an id that is no UUID: 400', async () => {
    expect((await new Stage(w).ask('ann', 'DELETE', '/tokens/x')).status).toBe(400)
  })
})
