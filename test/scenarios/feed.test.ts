/** The AURA network is told of every branch that moved: once, with its true commits, whatever the network does. */
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { newId } from '../../src/kernel/uuid.ts'
import type { Actor } from '../support/actor.ts'
import { openAura, type AuraStandIn } from '../support/aura.ts'
import { restWorld, Stage } from '../support/rest.ts'
import type { World } from '../support/world.ts'

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[78][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/

let aura: AuraStandIn
let w: World
beforeAll(async () => {
  aura = await openAura()
  w = await restWorld(aura.settings)
})
afterAll(async () => {
  await w[Symbol.asyncDispose]()
  await aura[Symbol.asyncDispose]()
})
beforeEach(() => aura.behave({ status: 200, body: '{}' }))

/** A repository of a project, with an owner who has cloned it. */
async function repository() {
  const stage = new Stage(w)
  const projectId = newId()
  const { id, orgId } = await stage.create('owner', { name: 'app', projectId })
  const owner = await w.actor('owner', { accountId: stage.accountOf('owner') })
  await owner.start(`${w.url}/${stage.org}/app.git`)
  return { stage, id, orgId, projectId, owner, repo: `${stage.org}/app` }
}

async function pushId(): Promise<string> {
  return (await w.pushes()).at(-1)!.data.pushId
}

/** Pushes something last, by which one sees that nothing else came before. */
async function pushMarker(owner: Actor): Promise<string> {
  const sha = await owner.commit('marker', `${Math.random()}`)
  await owner.ok('push', '-q', 'origin', 'HEAD:refs/heads/marker')
  return sha
}

test('a push is one post, with exactly its commits, newest first, and who it was', async () => {
  const { orgId, projectId, owner, repo } = await repository()
  await owner.commit('a.txt', 'a', 'one')
  await owner.ok('push', '-q', 'origin', 'main')
  await aura.nextPost()
  const second = await owner.commit('a.txt', 'b', 'two')
  const third = await owner.commit('a.txt', 'c', 'three')
  await owner.ok('push', '-q', 'origin', 'main')
  expect(await aura.nextPost()).toEqual({
    profileId: owner.accountId,
    userId: owner.accountId,
    orgId,
    projectId,
    eventType: 'push',
    postType: 'push',
    title: `Pushed 2 commits to main of ${repo}`,
    agentId: null,
    pushId: await pushId(),
    commitIds: [third, second],
    metadata: {
      repo,
      branch: 'main',
      commits: [
        { sha: third, message: expect.stringMatching(/^three/) },
        { sha: second, message: expect.stringMatching(/^two/) },
      ],
    },
  })
  const { url, method, headers } = aura.receiver.received.at(-1)!
  expect([method, url]).toEqual(['POST', '/internal/posts'])
  expect(headers['x-internal-token']).toMatch(/^[0-9a-f]{48}$/)
})

test('the agent of a push is told if it is a UUID, and nothing else is taken for one', async () => {
  const { owner } = await repository()
  const agent = newId()
  for (const [said, told] of [
    [agent.toUpperCase(), agent],
    ['claude', null],
  ]) {
    await owner.commit('a.txt', String(said))
    await owner.ok('-c', `http.extraHeader=X-Agent-Id: ${said}`, 'push', '-q', 'origin', 'main')
    expect((await aura.nextPost()).agentId).toBe(told)
  }
})

test('each branch of one push has a post and an id of its own; tags and deletions have none', async () => {
  const { owner, repo } = await repository()
  const base = await owner.commit('a.txt', 'a')
  await owner.ok('branch', 'other')
  const ahead = await owner.commit('a.txt', 'b')
  await owner.ok('tag', 'v1')
  await owner.ok('push', '-q', 'origin', 'main', 'other', 'v1')
  const posts = [await aura.nextPost(), await aura.nextPost()]
  const of = (branch: string) => posts.find(({ metadata }) => metadata.branch === branch)!
  expect(of('main').commitIds[0]).toBe(ahead)
  expect(of('other').commitIds).toEqual([base])
  expect(of('main').metadata.repo).toBe(repo)
  const ids = [of('main').pushId, of('other').pushId, await pushId()]
  expect(new Set(ids).size).toBe(3)
  for (const id of ids) expect(id).toMatch(UUID)

  await owner.ok('push', '-q', 'origin', ':other', ':v1')
  const sha = await pushMarker(owner)
  expect((await aura.nextPost()).commitIds[0]).toBe(sha)
})

test('a branch that is made of known commits, and one that is forced, are told as what they are', async () => {
  const { owner, repo } = await repository()
  await owner.commit('a.txt', 'a')
  await owner.ok('push', '-q', 'origin', 'main')
  await aura.nextPost()
  await owner.ok('push', '-q', 'origin', 'main:refs/heads/copy')
  expect(await aura.nextPost()).toMatchObject({ title: `Created copy of ${repo}`, commitIds: [] })
  await owner.ok('commit', '-q', '--amend', '-m', 'again')
  const amended = await owner.ok('rev-parse', 'HEAD')
  await owner.ok('push', '-q', '--force', 'origin', 'main')
  expect(await aura.nextPost()).toMatchObject({
    title: `Force-pushed 1 commit to main of ${repo}`,
    commitIds: [amended],
  })
})

test('commits by REST are told; refused pushes and pushes that move nothing are not', async () => {
  const { stage, owner, repo } = await repository()
  await owner.commit('a.txt', 'a')
  await owner.ok('push', '-q', 'origin', 'main')
  await aura.nextPost()
  await owner.ok('push', '-q', 'origin', 'main')
  await stage.ask('owner', 'PUT', `/repos/${repo}/protections/main`, { push: 'owner', force: false })
  await owner.ok('commit', '-q', '--amend', '-m', 'again')
  expect((await owner.git('push', '--force', 'origin', 'main')).code).not.toBe(0)
  const changes = [{ path: 'b.txt', action: 'put', content: 'b', encoding: 'utf-8' }]
  const commit = { branch: 'by-rest', message: 'by REST', changes }
  expect((await stage.ask('owner', 'POST', `/repos/${repo}/commits`, commit)).status).toBe(201)
  const { metadata } = await aura.nextPost()
  expect(metadata.branch).toBe('by-rest')
  expect(metadata.commits[0]?.message).toMatch(/^by REST/)
})

test('a network that dies gets its post again, the same one, and all of them in the order of the pushes', async () => {
  const { owner } = await repository()
  aura.behave('die', { status: 200 })
  const commits: string[] = []
  for (const branch of ['one', 'two', 'three']) {
    commits.push(await owner.commit('a.txt', branch))
    await owner.ok('push', '-q', 'origin', `HEAD:refs/heads/${branch}`)
  }
  const failed = await aura.nextPost()
  const posts = [await aura.nextPost(), await aura.nextPost(), await aura.nextPost()]
  expect(posts[0]).toEqual(failed)
  expect(posts.map(({ commitIds }) => commitIds[0])).toEqual(commits)
}, 30_000)

test('the internal token is in no row of the database', async () => {
  const token = aura.receiver.received.at(-1)!.headers['x-internal-token'] as string
  await using database = await w.openDatabase()
  for (const table of ['events', 'deliveries', 'jobs'] as const) {
    const rows = await database.kysely.selectFrom(table).selectAll().execute()
    expect(rows.length).toBeGreaterThan(0)
    expect(JSON.stringify(rows)).not.toContain(token)
  }
})
