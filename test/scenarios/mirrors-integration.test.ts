/** events-and-jobs.md, section 2, mirror: the GitHub repository that an organisation has integrated at the network. */
import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openAura, type AuraStandIn } from '../support/aura.ts'
import { openGitHost, type GitHost } from '../support/git-host.ts'
import { restWorld, Stage } from '../support/rest.ts'
import type { World } from '../support/world.ts'

let w: World
let aura: AuraStandIn
let github: GitHost
beforeAll(async () => {
  aura = await openAura()
  github = await openGitHost()
  w = await restWorld({
    ...aura.settings,
    SLUICE_GITHUB_URL: github.url,
    SLUICE_OUTBOUND_ALLOW: '127.0.0.0/8',
  })
})
afterAll(async () => {
  await w[Symbol.asyncDispose]()
  await github[Symbol.asyncDispose]()
  await aura[Symbol.asyncDispose]()
})

const TOKEN = 'ghs_of-the-integration'

/** An organisation that has integrated an empty repository at GitHub. */
async function organisation() {
  const server = new Stage(w)
  const repo = randomUUID()
  const there = `acme/${repo}`
  await github.create(there)
  const integrate = (orgId: string) =>
    aura.integrations.set(orgId, [
      { integrationType: 'slack', enabled: true, config: {} },
      { integrationType: 'github', enabled: false, config: { owner: 'x', repo: 'x', token: 'x' } },
      { integrationType: 'github', enabled: true, config: { owner: 'acme', repo, token: TOKEN } },
    ])
  const create = (name: string) => server.create('owner', { name })
  const commit = async (name: string) => {
    const changes = [{ path: 'a', action: 'put', content: randomUUID(), encoding: 'utf-8' }]
    const body = { branch: 'main', message: 'one', changes }
    return (await server.ask('owner', 'POST', `/repos/${server.org}/${name}/commits`, body)).json
      .sha as string
  }
  const at = (name: string) => `/repos/${server.org}/${name}/mirrors`
  const become = (name: string, expected: unknown) =>
    expect
      .poll(async () => (await server.ask('owner', 'GET', at(name))).json, { timeout: 15_000, interval: 20 })
      .toMatchObject(expected as object)
  return { server, there, integrate, create, commit, at, become }
}

test('a push is mirrored to the first enabled GitHub integration, with its token, and the mirror is shown', async () => {
  const o = await organisation()
  const { orgId } = await o.create('app')
  o.integrate(String(orgId))
  const tip = await o.commit('app')
  await expect.poll(() => github.refs(o.there), { timeout: 15_000 }).toEqual([`refs/heads/main ${tip}`])
  await o.become('app', [
    {
      name: 'integration',
      kind: 'integration',
      state: 'ok',
      url: `${github.url}/${o.there}.git`,
      hasCredential: true,
    },
  ])
  expect(github.calls.at(-1)?.credential).toBe(`x-access-token:${TOKEN}`)
  const next = await o.commit('app')
  await expect.poll(() => github.refs(o.there), { timeout: 15_000 }).toEqual([`refs/heads/main ${next}`])
})

test('the token of an integration is nowhere in the database', async () => {
  const o = await organisation()
  const { orgId } = await o.create('app')
  o.integrate(String(orgId))
  await o.commit('app')
  await o.become('app', [{ state: 'ok' }])
  await using database = await w.openDatabase()
  const tables = ['mirrors', 'jobs', 'events'] as const
  for (const table of tables)
    expect(JSON.stringify(await database.kysely.selectFrom(table).selectAll().execute())).not.toContain(TOKEN)
})

test('a second repository of the organisation is refused and says so, and nothing of it is pushed', async () => {
  const o = await organisation()
  const { orgId } = await o.create('first')
  await o.create('second')
  o.integrate(String(orgId))
  const tip = await o.commit('first')
  await o.become('first', [{ state: 'ok' }])
  await o.commit('second')
  await o.become('second', [
    { state: 'refused', refusedReason: 'another mirror goes to that remote repository already' },
  ])
  expect(await github.refs(o.there)).toEqual([`refs/heads/main ${tip}`])
})

test('when the first one is deleted, the second one has the mirror with its next push', async () => {
  const o = await organisation()
  const { orgId } = await o.create('first')
  await o.create('second')
  o.integrate(String(orgId))
  await o.commit('first')
  await o.become('first', [{ state: 'ok' }])
  await o.server.ask('owner', 'DELETE', `/repos/${o.server.org}/first`)
  const tip = await o.commit('second')
  await o.become('second', [{ state: 'ok' }])
  expect(await github.refs(o.there)).toEqual([`refs/heads/main ${tip}`])
})

test('a repository of an organisation without an integration has no mirror, and one with its own keeps that', async () => {
  const o = await organisation()
  await o.create('app')
  const mirror = { url: `${github.url}/${o.there}`, credential: { token: 't' } }
  expect((await o.server.ask('owner', 'PUT', `${o.at('app')}/own`, mirror)).status).toBe(201)
  const tip = await o.commit('app')
  await expect.poll(() => github.refs(o.there), { timeout: 15_000 }).toEqual([`refs/heads/main ${tip}`])
  await o.become('app', [{ name: 'own', state: 'ok' }])
  expect((await o.server.ask('owner', 'GET', o.at('app'))).json).toHaveLength(1)
})

test('a network that fails delays no mirror that an owner has set', async () => {
  const o = await organisation()
  const { orgId } = await o.create('app')
  aura.integrations.set(String(orgId), { status: 500 })
  const mirror = { url: `${github.url}/${o.there}`, credential: { token: 't' } }
  await o.server.ask('owner', 'PUT', `${o.at('app')}/own`, mirror)
  const tip = await o.commit('app')
  await expect.poll(() => github.refs(o.there), { timeout: 15_000 }).toEqual([`refs/heads/main ${tip}`])
})

test('the mirror of an integration is set and removed at the network only', async () => {
  const o = await organisation()
  const { orgId } = await o.create('app')
  o.integrate(String(orgId))
  await o.commit('app')
  await o.become('app', [{ state: 'ok' }])
  const at = `${o.at('app')}/integration`
  const mirror = { url: `${github.url}/${o.there}`, credential: { token: 't' } }
  expect((await o.server.ask('owner', 'PUT', at, mirror)).status).toBe(422)
  expect((await o.server.ask('owner', 'DELETE', at)).status).toBe(422)
  expect((await o.server.ask('owner', 'POST', `${at}/push`)).status).toBe(202)
})
