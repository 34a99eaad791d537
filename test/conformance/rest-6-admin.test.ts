/** rest-api.md, section 6: what administrators of the server see and do. */
import { rm } from 'node:fs/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { RepoId } from '../../src/kernel/ids.ts'
import { newId } from '../../src/kernel/uuid.ts'
import { EventLog } from '../../src/store/log/events.ts'
import { MAINTENANCE } from '../../src/kernel/background.ts'
import { Jobs } from '../../src/store/jobs/jobs.ts'
import type { JobRow } from '../../src/store/schema.ts'
import { restWorld, Stage } from '../support/rest.ts'
import type { World } from '../support/world.ts'

let w: World
beforeAll(async () => {
  w = await restWorld()
})
afterAll(() => w[Symbol.asyncDispose]())

/** A job in some state, as if a worker had brought it there. @returns its id */
async function job(type: string, values: Partial<JobRow> = {}): Promise<string> {
  await using database = await w.openDatabase()
  const events = new EventLog({ database, clock: Date, newId })
  const jobs = new Jobs({ database, events, clock: Date, newId })
  const key = values.key ?? newId()
  const id = await database.transaction((trx) =>
    jobs.enqueue(trx, { type, key, repoId: null, payload: { n: 1 } }),
  )
  const rest = { ...values, created_at: values.created_at ?? Date.now() }
  await database.kysely.updateTable('jobs').set(rest).where('id', '=', id).execute()
  return id
}

const ROUTES = [
  ['GET', '/admin/repos'],
  ['GET', `/admin/repos/${newId()}`],
  ['POST', `/admin/repos/${newId()}/archive`],
  ['GET', '/admin/jobs'],
  ['GET', '/admin/jobs/failed'],
  ['GET', `/admin/jobs/${newId()}`],
  ['POST', `/admin/jobs/${newId()}/retry`],
  ['GET', '/admin/events'],
  ['GET', `/admin/events/${newId()}`],
] as const

test.each(ROUTES)(
  '%s %s is for administrators: 401 to nobody, 403 to everybody else',
  async (method, path) => {
    const server = new Stage(w)
    const refused = await server.ask('owner', method, path)
    expect([refused.status, refused.json.error.details]).toEqual([
      403,
      { required: 'admin', missing: 'scope' },
    ])
    expect((await server.ask(null, method, path)).status).toBe(401)
    expect((await server.ask('forger', method, path)).status).toBe(401)
    const missing = path.includes('-') ? 404 : 200
    expect((await server.ask('internal', method, path)).status).toBe(missing)
    expect((await server.ask('admin', method, path)).status).toBe(missing)
  },
)

test.each(['/admin/repos/x', '/admin/events/x', '/admin/repos?limit=-1', '/admin/jobs?status=lost'])(
  'GET %s: 400',
  async (path) => {
    const answer = await new Stage(w).ask('admin', 'GET', path)
    expect([answer.status, answer.json.error.code]).toEqual([400, 'VALIDATION_ERROR'])
  },
)

describe('repositories', () => {
  test('GET /admin/repos lists every repository, whoever owns it, by part of its name, in pages', async () => {
    const server = new Stage(w)
    const word = newId()
    for (const name of ['a', 'b', 'c'])
      await server.create(`owner of ${name}`, { name: `${word}-${name}`, orgId: newId() })
    const slugs = async (path: string) =>
      (await server.ask('admin', 'GET', path)).json.map((repo: { slug: string }) => repo.slug)
    expect(await slugs(`/admin/repos?search=${word.toUpperCase()}`)).toEqual([
      `${word}-c`,
      `${word}-b`,
      `${word}-a`,
    ])
    expect(await slugs(`/admin/repos?search=%25${word}`)).toEqual([])
    const first = await server.ask('internal', 'GET', `/admin/repos?search=${word}&limit=2`)
    const next = /^<([^>]+)>; rel="next"$/.exec(first.headers.get('link') ?? '')?.[1] ?? ''
    expect(await slugs(next)).toEqual([`${word}-a`])
    expect((await server.ask('admin', 'GET', '/admin/repos?search=%00')).status).toBe(400)
  })

  test('GET /admin/repos/{id} tells what a repository takes on disk', async () => {
    const server = new Stage(w)
    const { id } = await server.create('owner', { name: 'r' })
    const read = async () => (await server.ask('admin', 'GET', `/admin/repos/${id}`)).json
    expect(await read()).toMatchObject({
      id,
      slug: 'r',
      state: 'active',
      storageExists: true,
      objectCount: 0,
      sizeBytes: 0,
      lastMaintenanceAt: null,
    })
    const changes = [{ path: 'a.txt', action: 'put', content: 'one\n', encoding: 'utf-8' }]
    await server.ask('owner', 'POST', `/repos/${server.org}/r/commits`, {
      branch: 'main',
      message: 'one',
      changes,
    })
    await job(MAINTENANCE, { key: id, repo_id: id, status: 'done', updated_at: 1_700_000_000_000 })
    const after = await read()
    expect(after).toMatchObject({ objectCount: 3, lastMaintenanceAt: '2023-11-14T22:13:20.000Z' })
    expect(after.sizeBytes).toBeGreaterThan(0)
    await rm(w.sluice.pathOf(id), { recursive: true })
    expect(await read()).toMatchObject({ storageExists: false, objectCount: 0, sizeBytes: 0 })
  })

  test('a deleted repository can be read until it is purged', async () => {
    const server = new Stage(w)
    const { id } = await server.create('owner', { name: 'r' })
    await server.ask('owner', 'DELETE', `/repos/${server.org}/r`)
    const read = await server.ask('admin', 'GET', `/admin/repos/${id}`)
    expect([read.status, read.json]).toMatchObject([200, { state: 'deleted', storageExists: true }])
    expect((await server.ask('admin', 'POST', `/admin/repos/${id}/archive`)).status).toBe(404)
  })

  test('POST /admin/repos/{id}/archive archives it for its owner too, and the log tells who did', async () => {
    const server = new Stage(w)
    const { id } = await server.create('owner', { name: 'r' })
    for (const _time of ['first', 'second']) {
      const archived = await server.ask('admin', 'POST', `/admin/repos/${id}/archive`)
      expect([archived.status, archived.json]).toMatchObject([200, { id, archived: true }])
    }
    const patched = await server.ask('owner', 'PATCH', `/repos/${server.org}/r`, { description: 'x' })
    expect(patched.status).toBe(403)
    const told = (await w.events()).filter((e) => e.repoId === id && e.type === 'repo.archived')
    expect(told).toHaveLength(1)
    expect(told[0]?.actorId).toMatch(/^[0-9a-f-]{36}$/)
  })
})

describe('jobs', () => {
  test('GET /admin/jobs lists jobs, newest first, by type and status, in pages', async () => {
    const server = new Stage(w)
    const type = `test.${newId()}`
    const failed = await job(type, { status: 'failed', attempts: 3, last_error: 'no', created_at: 1_000 })
    const queued = await job(type, { created_at: 2_000 })
    const list = async (query: string) => {
      const { json } = await server.ask('admin', 'GET', `/admin/jobs?jobType=${type}&${query}`)
      return json.map(({ id }: { id: string }) => id)
    }
    expect(await list('')).toEqual([queued, failed])
    expect(await list('status=failed')).toEqual([failed])
    expect(await list('status=running')).toEqual([])
    const first = await server.ask('admin', 'GET', `/admin/jobs?jobType=${type}&limit=1`)
    expect(await list(`cursor=${first.headers.get('x-next-cursor')}`)).toEqual([failed])
    expect(first.json).toEqual([
      {
        id: queued,
        jobType: type,
        key: expect.any(String),
        priority: 0,
        repoId: null,
        status: 'queued',
        attempts: 0,
        payload: { n: 1 },
        lastError: null,
        runAt: expect.any(String),
        leaseUntil: null,
        createdAt: '1970-01-01T00:00:02.000Z',
        updatedAt: expect.any(String),
      },
    ])
  })

  test('GET /admin/jobs/failed lists those only', async () => {
    const server = new Stage(w)
    const type = `test.${newId()}`
    const failed = await job(type, { status: 'failed', attempts: 3, last_error: 'no' })
    await job(type)
    const { json } = await server.ask('admin', 'GET', `/admin/jobs/failed?jobType=${type}`)
    expect(json).toMatchObject([{ id: failed, status: 'failed', attempts: 3, lastError: 'no' }])
  })

  test('GET /admin/jobs/{id} shows one, in any state; what there is not is 404', async () => {
    const server = new Stage(w)
    const lease = { status: 'running', worker: 'w', lease_until: 4_000_000_000_000 } as const
    const id = await job(`test.${newId()}`, { ...lease, key: 'k', priority: 7 })
    const shown = await server.ask('admin', 'GET', `/admin/jobs/${id.toUpperCase()}`)
    expect([shown.status, shown.json]).toMatchObject([
      200,
      { id, key: 'k', priority: 7, status: 'running', leaseUntil: '2096-10-02T07:06:40.000Z' },
    ])
    expect(shown.json).not.toHaveProperty('worker')
    expect((await server.ask('admin', 'GET', `/admin/jobs/${newId()}`)).status).toBe(404)
    expect((await server.ask('admin', 'GET', '/admin/jobs/x')).status).toBe(400)
  })

  test('jobs are filtered by repository, failed ones too', async () => {
    const server = new Stage(w)
    const [type, repoId] = [`test.${newId()}`, newId()]
    const failed = await job(type, { status: 'failed', repo_id: repoId })
    await job(type, { status: 'failed' })
    for (const path of ['/admin/jobs', '/admin/jobs/failed']) {
      const { json } = await server.ask('admin', 'GET', `${path}?jobType=${type}&repoId=${repoId}`)
      expect(json.map(({ id }: { id: string }) => id)).toEqual([failed])
    }
    expect((await server.ask('admin', 'GET', '/admin/jobs?repoId=x')).status).toBe(400)
  })

  test('POST /admin/jobs/{id}/retry queues a failed job from the beginning; any other is 409', async () => {
    const server = new Stage(w)
    const id = await job(`test.${newId()}`, { status: 'failed', attempts: 5, run_at: 1 })
    const retried = await server.ask('admin', 'POST', `/admin/jobs/${id}/retry`)
    expect([retried.status, retried.json]).toMatchObject([200, { id, status: 'queued', attempts: 0 }])
    expect(Date.parse(retried.json.runAt)).toBeGreaterThan(Date.now() - 60_000)
    const again = await server.ask('admin', 'POST', `/admin/jobs/${id}/retry`)
    expect([again.status, again.json.error.details]).toEqual([
      409,
      { reason: 'only a job that has failed can be tried again', status: 'queued' },
    ])
    const { json } = await server.ask('admin', 'GET', '/admin/events?eventType=admin.*')
    expect(json[0]).toMatchObject({ targetId: id, actorId: expect.any(String) })
  })
})

describe('events', () => {
  test('GET /admin/events lists those of the whole server, by repository, type and actor', async () => {
    const server = new Stage(w)
    const made = await server.create('owner', { name: 'r' })
    const list = async (query: string) => {
      const { json } = await server.ask('internal', 'GET', `/admin/events?${query}`)
      return json.map(({ eventType }: { eventType: string }) => eventType)
    }
    expect((await list('limit=2')).toSorted()).toEqual(['org.created', 'repo.created'])
    for (const name of ['repoId', 'repo_id'])
      expect(await list(`${name}=${made.id}`)).toEqual(['repo.created'])
    const actor = `actorId=${server.accountOf('owner')}`
    expect(await list(`${actor}&eventType=org.*`)).toEqual(['org.created'])
    const first = await server.ask('admin', 'GET', `/admin/events?${actor}&limit=1`)
    expect(await list(`${actor}&cursor=${first.headers.get('x-next-cursor')}`)).toEqual([
      'org.created',
      'account.created',
    ])
  })

  test('GET /admin/events/{id} reads one', async () => {
    const server = new Stage(w)
    const { id } = await server.create('owner', { name: 'r' })
    const [event] = (await server.ask('admin', 'GET', `/admin/events?repoId=${id}`)).json
    const one = await server.ask('admin', 'GET', `/v1/admin/events/${String(event.id).toUpperCase()}`)
    expect(one.json).toEqual(event)
    expect(one.json).toMatchObject({ eventType: 'repo.created', repoId: id as RepoId })
  })
})
