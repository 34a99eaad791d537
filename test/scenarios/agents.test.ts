/** Machines at work: what an agent may do for its owner, who is named for it, and how it is stopped. */
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { newId } from '../../src/kernel/uuid.ts'
import { Actor } from '../support/actor.ts'
import { bearer, expectStatus, newMachine, newToken, type MintedToken } from '../support/managed.ts'
import { restWorld, Stage } from '../support/rest.ts'
import type { World } from '../support/world.ts'

let w: World
beforeAll(async () => {
  w = await restWorld()
})
afterAll(() => w[Symbol.asyncDispose]())

/** A repository with one commit, its owner, and an agent of his. */
async function withAgent(fields: { org?: boolean; kind?: 'agent' | 'service' } = {}) {
  const server = new Stage(w)
  const { id: repoId } = await server.create('owner', { name: 'r' })
  const { kind = 'agent' } = fields
  const machine = await newMachine(server, 'owner', { kind, ...(fields.org && { org: server.org }) })
  const minted = await newToken(server, 'owner', { account: machine.id })
  const url = `${w.url}/${server.org}/r.git`
  const git = await gitOf('agent', machine.id, minted, url)
  const at = `/repos/${server.org}/r`
  const ask = (method: string, path: string, body?: unknown, headers = {}) =>
    server.ask(null, method, path, body, { ...bearer(minted), ...headers })
  const events = async () => (await w.events()).filter((event) => event.repoId === repoId)
  return { server, repoId, machine, minted, url, git, at, ask, events }
}

/** Somebody with stock git, the token, and a repository with one commit that has not been pushed. */
async function gitOf(name: string, accountId: string, { token }: MintedToken, url: string): Promise<Actor> {
  const dir = join(w.dir, `${name}-${newId()}`)
  await mkdir(dir)
  const actor = new Actor({ name, accountId, token, dir })
  await actor.start(url)
  await actor.commit('readme', 'hello\n')
  return actor
}

test('whatever an agent does, by git or by REST, every event names its owner and it, whomever it blames', async () => {
  const { server, machine, git, at, ask, events } = await withAgent()
  const blame = { 'x-agent-id': newId() }
  await git.ok('-c', `http.extraHeader=X-Agent-Id: ${newId()}`, 'push', '-q', 'origin', 'HEAD:main')
  const change = { branch: 'topic', startPoint: 'main', message: 'by REST' }
  const changes = [{ action: 'put', path: 'a.txt', content: 'a\n' }]
  await expectStatus(201, ask('POST', `${at}/commits`, { ...change, changes }, blame))
  const wanted = { title: 'mine', sourceBranch: 'topic', targetBranch: 'main' }
  const { json: pull } = await expectStatus(201, ask('POST', `${at}/pulls`, wanted, blame))
  await expectStatus(200, ask('POST', `${at}/pulls/${pull.number}/merge`, {}, blame))
  await expectStatus(201, ask('POST', `${at}/branches`, { name: 'more', startPoint: 'main' }, blame))
  await expectStatus(201, ask('PUT', `${at}/collaborators/${newId()}`, { role: 'reader' }, blame))
  await expectStatus(201, ask('PUT', `${at}/protections/main`, { push: 'owner' }, blame))
  await expectStatus(200, ask('PATCH', at, { description: 'kept by an agent' }, blame))

  const told = (await events()).slice(1) // without the making of the repository
  const types = new Set(told.map((event) => event.type))
  for (const type of ['push', 'pr.opened', 'pr.merged', 'repo.collaborator_added'])
    expect(types).toContain(type)
  expect(told.filter((event) => event.type === 'push').length).toBeGreaterThanOrEqual(3)
  const byAgent = { actorId: server.accountOf('owner'), agentId: machine.id }
  for (const event of told) expect(event).toMatchObject({ type: event.type, ...byAgent })
  const { json: shown } = await server.ask('owner', 'GET', `${at}/events?eventType=push,pr.merged`)
  expect(shown).toEqual(shown.map(() => expect.objectContaining(byAgent)))
  expect(shown.length).toBeGreaterThanOrEqual(4)
})

test('the tokens that an agent makes and ends are told as its own doing, in the name of its owner', async () => {
  const { server, machine, minted } = await withAgent()
  const child = await newToken(server, bearer(minted), { scope: `repo:${server.org}/r:read` })
  expect(child).toMatchObject({ accountId: machine.id, actingFor: server.accountOf('owner') })
  await expectStatus(204, server.ask(null, 'DELETE', `/tokens/${child.id}`, undefined, bearer(minted)))
  const told = (await w.events()).filter((event) => event.targetId === child.id)
  expect(told.map(({ type, actorId, agentId }) => ({ type, actorId, agentId }))).toEqual(
    ['token.minted', 'token.revoked'].map((type) => ({
      type,
      actorId: server.accountOf('owner'),
      agentId: machine.id,
    })),
  )
})

test('an agent may do what its owner may do now, and loses it with him', async () => {
  const { server, git, at } = await withAgent()
  await git.ok('push', '-q', 'origin', 'HEAD:main')
  const [heir, owner] = [server.accountOf('heir'), server.accountOf('owner')]
  const members = `/orgs/${server.org}/members`
  await expectStatus(201, server.ask('owner', 'PUT', `${members}/${heir}`, { role: 'owner' }))
  await expectStatus(201, server.ask('heir', 'PUT', `${at}/collaborators/${heir}`, { role: 'owner' }))
  await expectStatus(204, server.ask('heir', 'DELETE', `${at}/collaborators/${owner}`))
  await expectStatus(204, server.ask('heir', 'DELETE', `${members}/${owner}`))
  expect((await git.git('fetch', 'origin')).code).not.toBe(0)
  await expectStatus(201, server.ask('heir', 'PUT', `${at}/collaborators/${owner}`, { role: 'reader' }))
  await git.ok('fetch', '-q', 'origin')
  expect((await git.git('push', 'origin', 'HEAD:topic')).code).not.toBe(0)
})

test('a service account, and an agent of an organisation, have no role but their own', async () => {
  for (const fields of [{ kind: 'service' }, { org: true }] as const) {
    const { server, machine, git, at, events } = await withAgent(fields)
    const push = () => git.git('push', '-q', 'origin', 'HEAD:main')
    expect((await push()).code).not.toBe(0)
    const collaborator = `${at}/collaborators/${machine.id}`
    await expectStatus(201, server.ask('owner', 'PUT', collaborator, { role: 'writer' }))
    expect((await push()).code).toBe(0)
    const agentId = machine['kind'] === 'agent' ? machine.id : null
    expect((await events()).at(-1)).toMatchObject({ type: 'push', actorId: machine.id, agentId })
  }
})

test('a machine that is disabled is stopped at its next git request, and goes on when it is enabled', async () => {
  const { server, machine, git } = await withAgent()
  await git.ok('push', '-q', 'origin', 'HEAD:main')
  const able = (disabled: boolean) =>
    expectStatus(200, server.ask('owner', 'PATCH', `/accounts/${machine.id}`, { disabled }))
  await able(true)
  expect((await git.git('fetch', 'origin')).output).toMatch(/Authentication failed|could not read Username/)
  await able(false)
  await git.ok('fetch', '-q', 'origin')
})

test('an agent hands its sub-agent a token for one branch, which ends with its own', async () => {
  const { server, machine, minted, url, git } = await withAgent()
  await git.ok('push', '-q', 'origin', 'HEAD:main')
  const detail = { type: 'git_repository', identifier: `${server.org}/r`, actions: ['write'] }
  const child = await newToken(server, bearer(minted), {
    name: 'for a sub-agent',
    authorizationDetails: [{ ...detail, refs: ['refs/heads/sub/*'] }],
  })
  const sub = await gitOf('sub-agent', machine.id, child, url)
  expect((await sub.git('push', '-f', 'origin', 'HEAD:main')).output).toMatch(/token does not allow this/)
  expect((await sub.git('push', 'origin', 'HEAD:sub/one')).code).toBe(0)
  await expectStatus(204, server.ask('owner', 'DELETE', `/tokens/${minted.id}`))
  expect((await sub.git('push', 'origin', 'HEAD:sub/two')).code).not.toBe(0)
  expect((await git.git('ls-remote', 'origin')).code).not.toBe(0)
})
