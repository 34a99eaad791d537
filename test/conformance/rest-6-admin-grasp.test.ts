/** What administrators of a GRASP host see of it, by REST, by command and in the figures. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { Relays } from '../../src/store/nostr/relays.ts'
import { cliHome } from '../support/cli.ts'
import { graspWorld, type GraspWorld } from '../support/grasp.ts'
import { Stage } from '../support/rest.ts'

const ABSENT = '1'.repeat(40)

let w: GraspWorld
let stage: Stage
beforeAll(async () => {
  w = await graspWorld()
  stage = new Stage(w.world)
})
afterAll(() => w[Symbol.asyncDispose]())

const list = async (path: string) => (await stage.ask('admin', 'GET', path)).json

test.each(['repositories', 'events', 'relays'])('GET /admin/grasp/%s is for administrators', async (what) => {
  const status = async (who: string | null) => (await stage.ask(who, 'GET', `/admin/grasp/${what}`)).status
  expect([await status(null), await status('owner'), await status('admin')]).toEqual([401, 403, 200])
  expect((await stage.ask('admin', 'GET', `/admin/grasp/${what}?cursor=AAAA`)).status).toBe(400)
})

test('GET /admin/grasp/repositories tells what waits for git data from what has it, where it is cloned and what it is called', async () => {
  const { identifier, url } = await w.hosted()
  await w.announce(w.owner, 'Odd Name')
  const [odd, hosted] = await list('/admin/grasp/repositories')
  expect(odd).toMatchObject({
    identifier: 'Odd Name',
    status: 'purgatory',
    cloneUrl: w.cloneUrl(w.owner, 'Odd Name'),
    waitsUntil: expect.any(String),
  })
  expect(hosted).toMatchObject({ owner: w.owner.npub, identifier, form: 'announced', status: 'live' })
  expect(hosted).toMatchObject({ cloneUrl: url, orgSlug: w.owner.npub, slug: identifier, waitsUntil: null })
  expect(await list('/admin/grasp/repositories?status=live')).toEqual([hosted])
  const first = await stage.ask('admin', 'GET', '/admin/grasp/repositories?limit=1')
  const cursor = first.headers.get('x-next-cursor') ?? ''
  expect([first.json, await list(`/admin/grasp/repositories?cursor=${cursor}`)]).toEqual([[odd], [hosted]])
})

test('whatever a repository is called, git finds it at the clone URL that the API shows', async () => {
  await w.announce(w.stranger, 'Other Name')
  const { identifier } = await w.hosted(w.stranger)
  const shown: { orgSlug: string; cloneUrl: string }[] = await list('/admin/repos')
  const urls = shown.flatMap(({ orgSlug, cloneUrl }) => (orgSlug === w.stranger.npub ? cloneUrl : []))
  expect(urls).toContain(w.cloneUrl(w.stranger, identifier))
  expect(await Promise.all(urls.map((url) => w.gitStatus(url)))).toEqual([200, 200])
})

test('GET /admin/grasp/events lists what is in purgatory, and nothing that is served', async () => {
  const { identifier, state } = await w.hosted(w.maintainer)
  const { event } = await w.state(w.maintainer, identifier, { 'refs/heads/main': ABSENT }, { age: 1 })
  const waiting: { id: string }[] = await list('/admin/grasp/events')
  expect(waiting[0]).toMatchObject({
    id: event.id,
    author: w.maintainer.npub,
    kind: 30_618,
    identifier,
    source: 'client',
  })
  expect(waiting.map(({ id }) => id)).not.toContain(state.id)
  const first = await stage.ask('admin', 'GET', '/admin/grasp/events?limit=1')
  const cursor = first.headers.get('x-next-cursor')
  if (cursor !== null) expect(await list(`/admin/grasp/events?cursor=${cursor}`)).toEqual(waiting.slice(1))
  const figures = (await stage.ask('admin', 'GET', '/metrics')).text
  expect(figures).toContain(`sluice_grasp_waiting_events ${waiting.length}\n`)
  expect(figures).toMatch(/sluice_grasp_repositories\{status="live"\} [1-9]/)
})

test('GET /admin/grasp/relays says how the relays of others have answered', async () => {
  await using database = await w.world.openDatabase()
  const relays = new Relays({ database })
  const well = { failures: 0, retryAt: 1, failingSince: null, lastError: null, connectedAt: 1, syncedAt: 1 }
  await relays.note('wss://a.example/', well)
  const bad = { ...well, failures: 3, failingSince: 1_000, retryAt: 2_000, lastError: 'connection refused' }
  await relays.note('wss://b.example/', bad)
  expect(await list('/admin/grasp/relays')).toMatchObject([
    { url: 'wss://a.example/', failingSince: null, retryAt: null },
    {
      url: 'wss://b.example/',
      failures: 3,
      retryAt: new Date(2_000).toISOString(),
      lastError: bad.lastError,
    },
  ])
  expect((await stage.ask('admin', 'GET', '/metrics')).text).toContain(
    'sluice_grasp_relays{health="failing"} 1',
  )
})

test('sluice admin grasp shows an administrator the same', async () => {
  const { identifier } = await w.hosted(w.author)
  const { event } = await w.announce(w.author, w.identifier())
  const token = w.world.sluice.adminToken ?? ''
  await using home = await cliHome({ SLUICE_URL: w.url, SLUICE_TOKEN: token })
  const repos = await home.run(['admin', 'grasp', 'repos', '--status', 'live'])
  expect(repos).toMatchObject({ code: 0, stderr: '' })
  expect(repos.stdout).toContain(`${w.author.npub}/${identifier}\t`)
  expect((await home.run(['admin', 'grasp', 'events'])).stdout).toContain(event.id)
  expect((await home.run(['admin', 'grasp', 'relays'])).code).toBe(0)
})
