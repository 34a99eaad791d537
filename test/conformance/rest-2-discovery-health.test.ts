/** rest-api.md, section 2, on the whole server. Parts that fail are in src/rooms/admin/routes.test.ts. */
import { rename } from 'node:fs/promises'
import { dirname } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { restWorld, Stage } from '../support/rest.ts'
import type { World } from '../support/world.ts'

let w: World
let stage: Stage
beforeAll(async () => {
  w = await restWorld()
  stage = new Stage(w)
})
afterAll(() => w[Symbol.asyncDispose]())

test.each(['/', '/api', '/v1', '/v1/api'])(
  'GET / and /api describe the server to anybody: %s',
  async (path) => {
    const answer = await stage.ask(null, 'GET', path)
    expect(answer.json).toEqual({
      apiVersion: '1',
      baseUrl: w.url,
      gitUrlPrefix: w.url,
      auth: 'bearer',
      issuer: w.url,
      jwksUri: `${w.url}/.well-known/jwks.json`,
      features: ['smart-http', 'protocol-v2', 'partial-clone', 'sha256', 'provision-on-push'],
    })
    expect((await fetch(answer.json.jwksUri)).status).toBe(200)
  },
)

test('GET /health names every component, and is down without the storage', async () => {
  const well = await stage.ask(null, 'GET', '/health')
  expect([well.status, well.json]).toEqual([
    200,
    { status: 'ok', components: { database: 'ok', storage: 'ok', jobs: 'ok' } },
  ])
  const root = dirname(dirname(w.repo.path))
  await rename(root, `${root}.away`)
  const ill = await stage.ask(null, 'GET', '/health')
  await rename(`${root}.away`, root)
  expect([ill.status, ill.json]).toEqual([
    503,
    { status: 'down', components: { database: 'ok', storage: 'down', jobs: 'ok' } },
  ])
  expect((await stage.ask(null, 'GET', '/health')).json.status).toBe('ok')
})

test('GET /health/live and /health/ready tell an orchestrator that it serves', async () => {
  expect((await stage.ask(null, 'GET', '/health/live')).json).toEqual({ status: 'live' })
  expect((await stage.ask(null, 'GET', '/health/ready')).json).toEqual({ status: 'ready' })
})

test('GET /metrics counts requests by route, pushed refs by result, and git processes', async () => {
  const before = await figures()
  await stage.create('owner', { name: 'counted' })
  await stage.ask('owner', 'GET', `/repos/${stage.org}/counted`)
  await stage.ask('owner', 'GET', `/repos/${stage.org}/none?token=hunter2`)
  await stage.ask(null, 'GET', '/nowhere/at/all')
  const { owner, repo } = w
  await owner.start(repo.url)
  await owner.commit('a.txt', 'a')
  await owner.ok('push', '-q', 'origin', 'main', 'main:kept')
  expect((await owner.git('push', '-q', 'origin', 'main:refs/pull/1/head')).code).not.toBe(0)

  const after = await figures()
  const grown = (name: string) => (after.get(name) ?? 0) - (before.get(name) ?? 0)
  const requests = (method: string, route: string, status: number) =>
    grown(`sluice_http_requests_total{method="${method}",route="${route}",status="${status}"}`)
  expect(requests('POST', '/repos', 201)).toBe(1)
  expect(requests('GET', '/repos/:org/:repo', 200)).toBe(1)
  expect(requests('GET', '/repos/:org/:repo', 404)).toBe(1)
  expect(requests('GET', 'unknown', 404)).toBe(1)
  expect(requests('POST', '/:org/:repo/git-receive-pack', 200)).toBe(2)
  expect(grown('sluice_ref_updates_total{result="accepted"}')).toBe(2)
  expect(grown('sluice_ref_updates_total{result="refused"}')).toBe(1)
  expect(grown('sluice_git_processes_started_total')).toBeGreaterThan(0)
  expect(after.get('sluice_git_queue_length')).toBe(0)
  expect(after.get('sluice_git_places_taken')).toBe(0)
  expect([...after.keys()].join()).not.toMatch(/hunter2|nowhere/)
})

test('GET /metrics tells how many commits by REST had to wait for their turn on a branch', async () => {
  await stage.create('owner', { name: 'busy' })
  const before = await figures()
  const paths = Array.from({ length: 8 }, (_, i) => `${i}.txt`)
  const landed = await Promise.all(
    paths.map(async (path) => {
      const change = { path, action: 'put', content: path }
      const body = { branch: 'main', message: path, changes: [change] }
      return (await stage.ask('owner', 'POST', `/repos/${stage.org}/busy/commits`, body)).status
    }),
  )
  expect(new Set(landed)).toEqual(new Set([201]))
  const after = await figures()
  const grown = (name: string) => (after.get(name) ?? 0) - (before.get(name) ?? 0)
  expect(grown('sluice_landing_waits_total')).toBeGreaterThan(0)
  expect(grown('sluice_landing_wait_seconds_total')).toBeGreaterThan(0)
  expect(after.get('sluice_landing_queue_length')).toBe(0)
})

test('GET /metrics is open on loopback, and not to what a proxy there passes on', async () => {
  const passedOn = { 'x-forwarded-for': '203.0.113.9' }
  const statusFor = async (who: string | null, headers = {}) =>
    (await stage.ask(who, 'GET', '/metrics', undefined, headers)).status
  expect(await statusFor(null)).toBe(200)
  expect(await statusFor(null, passedOn)).toBe(401)
  expect(await statusFor('owner', passedOn)).toBe(403)
  expect(await statusFor('internal', passedOn)).toBe(200)
  expect(await statusFor('admin', passedOn)).toBe(200)
})

/** Samples of `GET /metrics` by their name and labels. @see Prometheus text exposition format */
async function figures(): Promise<Map<string, number>> {
  const { text } = await stage.ask(null, 'GET', '/metrics')
  const samples = text.split('\n').filter((line) => line.startsWith('sluice_'))
  return new Map(
    samples.map((line) => {
      const space = line.lastIndexOf(' ')
      return [line.slice(0, space), Number(line.slice(space + 1))]
    }),
  )
}
