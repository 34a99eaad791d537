/** rest-api.md, section 6: the events of a repository, as its owner audits them. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { newId } from '../../src/kernel/uuid.ts'
import { restWorld, Stage } from '../support/rest.ts'
import type { World } from '../support/world.ts'

interface Event {
  readonly id: string
  readonly eventType: string
  readonly createdAt: string
}

let w: World
beforeAll(async () => {
  w = await restWorld()
})
afterAll(() => w[Symbol.asyncDispose]())

/** Four events: made, archived, un-archived by `ann`, `main` protected. */
async function busyRepository() {
  const server = new Stage(w)
  const { id } = await server.create('owner', { name: 'r' })
  const at = `/repos/${server.org}/r`
  await server.giveRole(id, 'ann', 'owner')
  await server.ask('owner', 'POST', `${at}/archive`)
  await server.ask('ann', 'POST', `${at}/unarchive`)
  await server.ask('owner', 'PUT', `${at}/protections/main`, {})
  const list = async (query = ''): Promise<Event[]> =>
    (await server.ask('owner', 'GET', `${at}/events${query}`)).json
  const types = async (query: string) => (await list(query)).map(({ eventType }) => eventType)
  return { server, id, at, list, types }
}

const ALL = [
  'protection.changed',
  'repo.unarchived',
  'repo.archived',
  'repo.collaborator_added',
  'repo.created',
]

test('GET /repos/{org}/{repo}/events lists what happened and who did it, newest first', async () => {
  const { server, id, at, types } = await busyRepository()
  expect(await types('')).toEqual(ALL)
  const agentId = newId()
  await server.ask('owner', 'PUT', `${at}/protections/main`, { push: 'owner' }, { 'x-agent-id': agentId })
  const { json } = await server.ask('owner', 'GET', `/v1${at}/events?limit=1`)
  expect(json).toEqual([
    {
      id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      actorId: server.accountOf('owner'),
      agentId,
      eventType: 'protection.changed',
      repoId: id,
      targetId: id,
      metadata: {
        pattern: 'main',
        push: 'owner',
        force: false,
        delete: false,
        requirePullRequest: false,
        allow: [],
      },
      createdAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
    },
  ])
})

test('filters by type, family, actor and time, by old names of parameters as well', async () => {
  const { server, list, types } = await busyRepository()
  const ann = server.accountOf('ann')
  for (const parameter of ['eventType', 'event_type']) {
    expect(await types(`?${parameter}=repo.archived,%20protection.*`)).toEqual([
      'protection.changed',
      'repo.archived',
    ])
  }
  for (const parameter of ['actorId', 'actor_id']) {
    expect(await types(`?${parameter}=${ann.toUpperCase()}`)).toEqual(['repo.unarchived'])
  }
  expect(await types('?eventType=pr.*')).toEqual([])
  const [newest] = await list()
  const time = newest?.createdAt ?? ''
  expect(await types(`?since=${time}`)).toContain('protection.changed')
  expect(await types(`?until=${time}`)).not.toContain('protection.changed')
  expect(await types(`?until=${encodeURIComponent('2000-01-01T01:00:00+01:00')}`)).toEqual([])
  expect(await types('?since=2000-01-01')).toEqual(ALL)
})

test('filters by the agent that acted for somebody', async () => {
  const { server, at, types } = await busyRepository()
  const agent = newId()
  const byAgent = { 'x-agent-id': agent }
  await server.ask('owner', 'PUT', `${at}/protections/main`, { push: 'owner' }, byAgent)
  expect(await types(`?agentId=${agent.toUpperCase()}`)).toEqual(['protection.changed'])
  expect(await types(`?agentId=${agent}&actorId=${server.accountOf('ann')}`)).toEqual([])
  expect(await types(`?agentId=${server.accountOf('owner')}`)).toEqual([])
})

test('pages by Link, each event once though others happen meanwhile', async () => {
  const { server, at } = await busyRepository()
  const seen: string[] = []
  let next: string | null = `${at}/events?limit=2`
  while (next !== null) {
    const page = await server.ask('owner', 'GET', next)
    seen.push(...page.json.map((event: Event) => event.eventType))
    await server.ask('owner', 'PUT', `${at}/protections/late-${seen.length}`, {})
    next = /^<([^>]+)>; rel="next"$/.exec(page.headers.get('link') ?? '')?.[1] ?? null
  }
  expect(seen).toEqual(ALL)
  expect((await server.ask('owner', 'GET', `${at}/events?limit=999&offset=3`)).json).toHaveLength(
    ALL.length + 3 - 3,
  )
})

test.each([
  'eventType=a;b',
  'eventType=PR',
  'eventType=%25',
  'since=yesterday',
  'until=2026-13-01',
  'actorId=ann',
  'agentId=ann',
  'limit=-1',
  'cursor=x',
])('%s: 400', async (query) => {
  const { server, at } = await busyRepository()
  const answer = await server.ask('owner', 'GET', `${at}/events?${query}`)
  expect([answer.status, answer.json.error.code]).toEqual([400, 'VALIDATION_ERROR'])
})

test('a push is told with its refs and the road it came by', async () => {
  const { server, at, list } = await busyRepository()
  const changes = [{ path: 'a.txt', action: 'put', content: 'one\n', encoding: 'utf-8' }]
  await server.ask('owner', 'POST', `${at}/commits`, { branch: 'free', message: 'one', changes })
  const [push] = await list('?eventType=push')
  expect(push).toMatchObject({ metadata: { via: 'api', refs: [{ ref: 'refs/heads/free', kind: 'create' }] } })
})

test('events of other repositories are not among them, and only owners see them', async () => {
  const { server, id, at, list } = await busyRepository()
  await server.create('owner', { name: 'other' })
  const own = await list()
  expect(new Set((own as (Event & { repoId: string })[]).map(({ repoId }) => repoId))).toEqual(new Set([id]))
  await server.giveRole(id, 'writer', 'writer')
  const status = async (who: string | null) => (await server.ask(who, 'GET', `${at}/events`)).status
  expect([await status('writer'), await status('stranger'), await status(null)]).toEqual([403, 404, 404])
})

test('an archived repository can still be audited; a deleted one is 410', async () => {
  const { server, at, list } = await busyRepository()
  await server.ask('owner', 'POST', `${at}/archive`)
  expect((await list())[0]?.eventType).toBe('repo.archived')
  await server.ask('owner', 'DELETE', at)
  expect((await server.ask('owner', 'GET', `${at}/events`)).status).toBe(410)
})
