/** RFC 8707, Resource Indicators: which repository a token is for. */
import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { restWorld, Stage } from '../support/rest.ts'
import {
  basic,
  askForToken,
  claimsOf,
  exchange,
  exchanged,
  machine,
  refusalOf,
} from '../support/token-endpoint.ts'
import type { World } from '../support/world.ts'

let w: World
beforeAll(async () => {
  w = await restWorld()
})
afterAll(() => w[Symbol.asyncDispose]())

const login = () => w.token(w.owner.accountId, 'owner')
const reads = async (token: string, path: string) =>
  (await fetch(`${w.url}/repos/${path}`, { headers: { authorization: `Bearer ${token}` } })).status

describe('2, the request', () => {
  test.each<[string, () => string]>([
    ['<base>/<org>/<repo>', () => '/acme/app'],
    ['<base>/<org>/<repo>.git', () => '/acme/app.git'],
    ['<base>/<org>/<repo>/', () => '/acme/app/'],
    ['in capitals', () => '/Acme/App'],
    ['<base>/by-id/<id>', () => `/by-id/${w.repo.id}`],
    ['<base>/et/<org>/<repo>', () => '/et/acme/app'],
    ['<base>/git/repo/<id>', () => `/git/repo/${w.repo.id}`],
  ])('2: a repository is named as %s, in resource and in audience', async (_form, path) => {
    for (const name of ['resource', 'audience']) {
      const token = await exchanged(w, await login(), { [name]: w.url + path() })
      expect([claimsOf(token).aud, await reads(token, 'acme/app')]).toEqual([w.url + path(), 200])
    }
  })

  test('a surface is named as <base>/git/<name>', async () => {
    const name = `page-${randomUUID().slice(0, 8)}`
    await w.createRepo(name, { orgId: 'surface' })
    const token = await exchanged(w, await login(), { resource: `${w.url}/git/${name}`, scope: 'repo:push' })
    expect(await reads(token, `surface/${name}`)).toBe(200)
  })

  test('2: the server itself is named by its base, with and without a slash, or by nothing', async () => {
    for (const resource of [w.url, `${w.url}/`, undefined]) {
      const token = await exchanged(w, await login(), { resource, scope: 'repo:read' })
      expect([claimsOf(token).aud, await reads(token, 'acme/app')]).toEqual([w.url, 200])
    }
  })

  test('2: several resources make a token for all of them, with words that mean each', async () => {
    const other = await w.createRepo(`other-${randomUUID().slice(0, 8)}`)
    const url = other.url.replace(/\.git$/, '')
    const both = { resource: [`${w.url}/acme/app`, url] }
    const { json } = await exchange(w, await login(), both)
    expect(json.scope).toBe('repo:read repo:write')
    expect(claimsOf(json.access_token).aud).toEqual(both.resource)
    expect(await reads(json.access_token, url.replace(`${w.url}/`, ''))).toBe(200)
    expect(refusalOf(await exchange(w, await login(), { ...both, scope: 'repo:pull' }))).toBe(
      '400 invalid_scope',
    )
  })

  test('resource and audience are one list, and the same name twice is one', async () => {
    const name = `${w.url}/acme/app`
    const token = await exchanged(w, await login(), { resource: [name, name], audience: name })
    expect(claimsOf(token).aud).toBe(name)
  })

  test('2: repo:pull and repo:push need a repository', async () => {
    for (const scope of ['repo:pull', 'repo:push'])
      expect(refusalOf(await exchange(w, await login(), { scope }))).toBe('400 invalid_scope')
  })

  test('words about another repository than the resource are refused', async () => {
    await w.createRepo('beside').catch(() => {})
    const asked = { resource: `${w.url}/acme/app`, scope: 'repo:acme/beside:read' }
    expect(refusalOf(await exchange(w, await login(), asked))).toBe('400 invalid_scope')
    const same = { resource: `${w.url}/by-id/${w.repo.id}`, scope: 'repo:acme/app:read' }
    expect((await exchange(w, await login(), same)).status).toBe(200)
  })

  test('client credentials take it as well', async () => {
    const agent = await machine(w, { ownerId: w.owner.accountId })
    const form = { grant_type: 'client_credentials', resource: `${w.url}/acme/app`, scope: 'repo:pull' }
    const { json } = await askForToken(w, form, basic(agent.account.id, agent.secret))
    expect(claimsOf(json.access_token).aud).toBe(`${w.url}/acme/app`)
  })
})

describe('2, what is refused', () => {
  test.each<[string, () => string]>([
    ['of another server', () => 'https://elsewhere.example/acme/app'],
    ['of another port', () => w.url.replace(/\d+$/, '1') + '/acme/app'],
    ['that only begins like this server', () => `${w.url}.evil.example/acme/app`],
    ['with a fragment', () => `${w.url}/acme/app#main`],
    ['with a query', () => `${w.url}/acme/app?x=1`],
    ['with an escape', () => `${w.url}/acme/%61pp`],
    ['with dots', () => `${w.url}/acme/../acme/app`],
    ['that is relative', () => '/acme/app'],
    ['below this server that is no repository', () => `${w.url}/acme`],
    ['with an id that is none', () => `${w.url}/by-id/acme`],
  ])('2: invalid_target for an address %s', async (_case, resource) => {
    for (const asked of [{ resource: resource() }, { resource: [`${w.url}/acme/app`, resource()] }])
      expect(refusalOf(await exchange(w, await login(), asked))).toBe('400 invalid_target')
  })

  test('more than twenty are too many', async () => {
    const resource = Array.from({ length: 21 }, (_, i) => `${w.url}/acme/r${i}`)
    expect(refusalOf(await exchange(w, await login(), { resource }))).toBe('400 invalid_target')
  })

  test.each([
    undefined,
    'repo:pull',
    'repo:push',
    'repo:read',
    'repo:admin',
    'repo:create',
    'repo:pull repo:create',
  ])(
    'an unknown, a hidden and a forbidden repository are answered alike, byte by byte (scope %s)',
    async (scope) => {
      const server = new Stage(w)
      await server.create('owner', { name: 'hidden' })
      const deleted = await server.create('owner', { name: 'deleted' })
      await server.ask('owner', 'DELETE', `/repos/${server.org}/deleted`)
      const stranger = await w.token(server.accountOf('stranger'), 'stranger')
      // This token does not reach what its owner's role does.
      const narrowed = await w.token(server.accountOf('owner'), 'owner', {
        scope: `repo:${server.org}/else:admin`,
      })
      const answers = await Promise.all([
        exchange(w, stranger, { resource: `${w.url}/${server.org}/absent`, scope }),
        exchange(w, stranger, { resource: `${w.url}/${server.org}/hidden`, scope }),
        exchange(w, stranger, { resource: `${w.url}/${server.org}/deleted`, scope }),
        exchange(w, stranger, { resource: `${w.url}/by-id/${deleted.id}`, scope }),
        exchange(w, stranger, { resource: `${w.url}/by-id/${randomUUID()}`, scope }),
        exchange(w, stranger, {
          resource: `${w.url}/git/no-such-surface`,
          scope: scope?.replace(/ ?repo:create/, ''),
        }),
        exchange(w, narrowed, { resource: `${w.url}/${server.org}/hidden`, scope }),
        exchange(w, narrowed, { resource: `${w.url}/${server.org}/absent`, scope }),
      ])
      expect(new Set(answers.map(({ status, text }) => `${status} ${text}`)).size).toBe(1)
      expect(refusalOf(answers[0])).toBe('400 invalid_target')
    },
  )
})

describe('the token', () => {
  test('is for its repository and no other, whatever its subject may do', async () => {
    const other = await w.createRepo(`private-${randomUUID().slice(0, 8)}`)
    const path = other.url.replace(`${w.url}/`, '').replace(/\.git$/, '')
    const token = await exchanged(w, await login(), { resource: `${w.url}/acme/app` })
    expect([await reads(token, 'acme/app'), await reads(token, path)]).toEqual([200, 404])
    expect(refusalOf(await exchange(w, token, { resource: `${w.url}/${path}` }))).toBe('400 invalid_target')
  })

  test('is for the repository that an old name leads to, and stays with it', async () => {
    const server = new Stage(w)
    const { id } = await server.create('owner', { name: 'before' })
    await server.ask('owner', 'PATCH', `/repos/${server.org}/before`, { name: 'after' })
    const owner = await w.token(server.accountOf('owner'), 'owner')
    const token = await exchanged(w, owner, { resource: `${w.url}/${server.org}/before`, scope: 'repo:pull' })
    expect([claimsOf(token).aud, await reads(token, `${server.org}/after`)]).toEqual([
      `${w.url}/by-id/${id}`,
      200,
    ])
  })

  test('makes the repository that it is for, where its subject may', async () => {
    const name = `new-${randomUUID().slice(0, 8)}`
    const asked = { resource: `${w.url}/acme/${name}`, scope: 'repo:create repo:push' }
    const token = await exchanged(w, await login(), asked)
    const create = (as: string) =>
      fetch(`${w.url}/repos`, {
        method: 'POST',
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
        body: JSON.stringify({ orgId: 'acme', name: as }),
      })
    expect([(await create(`${name}-2`)).status, (await create(name)).status]).toEqual([403, 201])
  })
})

test('a server of several names takes each of them, and its tokens hold at each', async () => {
  await using own = await restWorld({ SLUICE_ISSUER: 'https://git.example.org,https://old.example.org' })
  const owner = await own.token(own.owner.accountId, 'owner')
  for (const base of [own.url, 'https://git.example.org', 'https://old.example.org']) {
    const token = await exchanged(own, owner, { resource: `${base}/acme/app` })
    expect(claimsOf(token)).toMatchObject({ iss: 'https://git.example.org', aud: `${base}/acme/app` })
    const answer = await fetch(`${own.url}/repos/acme/app`, { headers: { authorization: `Bearer ${token}` } })
    expect(answer.status).toBe(200)
  }
})
