/** Jobs of a whole server: through its death and its end, and as its administrators see them. */
import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { DELETE_REPO_STORAGE } from '../../src/kernel/background.ts'
import { newId } from '../../src/kernel/uuid.ts'
import type { JobRow } from '../../src/store/schema.ts'
import { openAura } from '../support/aura.ts'
import { openHost, type Host } from '../support/host.ts'
import { restWorld, Stage } from '../support/rest.ts'
import type { World } from '../support/world.ts'

const INTERNAL_SERVICE_TOKEN = randomBytes(24).toString('hex')
/** A look at the queue finds what another process has put in; it comes every 5 s. */
const SEEN = { timeout: 20_000, interval: 100 }

describe('a server with a job that waits for a network', () => {
  test('a job that ran when its server was killed runs again at the next start, and that is its second attempt', async () => {
    await using aura = await openAura()
    await using host = await openHost({ settings: { ...aura.settings, INTERNAL_SERVICE_TOKEN } })
    aura.behave('hang')
    await push(host)
    await aura.nextPost()
    await host.server.kill()
    expect(await feedJobs(host)).toMatchObject([{ status: 'running', attempts: 1 }])

    await host.endLeases()
    await host.start()
    await aura.nextPost()
    const lastError = 'the server died while it ran'
    expect(await feedJobs(host)).toMatchObject([{ status: 'running', attempts: 2, last_error: lastError }])
  })

  test('a server that is told to end waits for a slow job, then hands it back as if it had not begun', async () => {
    await using aura = await openAura()
    await using host = await openHost({
      program: 'main',
      settings: { ...aura.settings, INTERNAL_SERVICE_TOKEN, SLUICE_DRAIN_SECONDS: '1' },
    })
    aura.behave('hang')
    await push(host)
    await aura.nextPost()
    host.server.signal('SIGTERM')
    expect(await host.server.ended).toBe(0)
    expect(await feedJobs(host)).toMatchObject([{ status: 'queued', attempts: 0, worker: null }])

    aura.behave({ status: 200, body: '{}' })
    await host.start()
    await aura.nextPost()
  })

  async function push({ owner, repoUrl }: Host): Promise<void> {
    await owner.start(repoUrl)
    await owner.commit('a.txt', 'a')
    await owner.ok('push', '-q', 'origin', 'main')
  }

  async function feedJobs(host: Host): Promise<JobRow[]> {
    await using database = await host.openDatabase()
    return await database.kysely.selectFrom('jobs').selectAll().where('type', '=', 'feed_post').execute()
  }
})

describe('a poison job', () => {
  let w: World
  beforeAll(async () => {
    w = await restWorld()
  })
  afterAll(() => w[Symbol.asyncDispose]())

  test('is parked with its error after its last attempt, delays nobody, and is tried again by hand only', async () => {
    const server = new Stage(w)
    const poison = await put({ payload: 'null', attempts: 9, priority: 9 })
    const well = await put({ payload: JSON.stringify({ repoId: newId() }) })
    const show = async (id: string) => (await server.ask('admin', 'GET', `/admin/jobs/${id}`)).json
    await vi.waitFor(async () => expect(await show(well)).toMatchObject({ status: 'done' }), SEEN)

    const lastError = 'an internal error; the log of the server has it'
    expect(await show(poison)).toMatchObject({ status: 'failed', attempts: 10, lastError, leaseUntil: null })
    const failed = await server.ask('admin', 'GET', `/admin/jobs/failed?jobType=${DELETE_REPO_STORAGE}`)
    expect(failed.json.map(({ id }: { id: string }) => id)).toEqual([poison])

    const retried = await server.ask('admin', 'POST', `/admin/jobs/${poison}/retry`)
    expect([retried.status, retried.json]).toMatchObject([200, { status: 'queued', attempts: 0 }])
    await vi.waitFor(
      async () => expect(await show(poison)).toMatchObject({ status: 'queued', attempts: 1, lastError }),
      SEEN,
    )
    expect((await server.ask(null, 'GET', '/health')).json.components.jobs).toBe('ok')
  })

  test('what is overdue turns the health to degraded, and figures say which type waits', async () => {
    const server = new Stage(w)
    const key = newId()
    const running = await put({ key, status: 'running', worker: 'other', lease_until: Date.now() + 600_000 })
    const blocked = await put({ key, run_at: Date.now() - 3_600_000 })
    const health = await server.ask(null, 'GET', '/health')
    expect([health.status, health.json]).toMatchObject([
      200,
      { status: 'degraded', components: { jobs: 'down' } },
    ])
    const figures = (await server.ask('admin', 'GET', '/metrics')).text
    expect(figures).toContain(`sluice_jobs{type="${DELETE_REPO_STORAGE}",status="running"} 1`)
    expect(figures).toMatch(new RegExp(`sluice_jobs_overdue_seconds{type="${DELETE_REPO_STORAGE}"} 36\\d\\d`))
    expect(figures).toContain(`sluice_jobs_running{type="purge_expired"}`)
    await remove([running, blocked])
    expect((await server.ask(null, 'GET', '/health')).json.status).toBe('ok')
  })

  /** A job as another process leaves it. @returns its id */
  async function put(values: Partial<JobRow>): Promise<string> {
    await using database = await w.openDatabase()
    const id = newId()
    const now = Date.now()
    const row: JobRow = {
      id,
      type: DELETE_REPO_STORAGE,
      key: id,
      repo_id: null,
      status: 'queued',
      attempts: 0,
      payload: '{}',
      last_error: null,
      run_at: now,
      priority: 0,
      worker: null,
      lease_until: null,
      created_at: now,
      updated_at: now,
    }
    await database.kysely
      .insertInto('jobs')
      .values({ ...row, ...values })
      .execute()
    return id
  }

  async function remove(ids: string[]): Promise<void> {
    await using database = await w.openDatabase()
    await database.kysely.deleteFrom('jobs').where('id', 'in', ids).execute()
  }
})
