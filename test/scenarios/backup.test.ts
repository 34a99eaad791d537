/** What is backed up and restored is what there was: every row of every table and every ref, on either engine. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { compose } from '../../src/compose.ts'
import { backUpServer, type BackUpSummary } from '../../src/compose/backup.ts'
import type { Config } from '../../src/config/config.ts'
import { newId } from '../../src/kernel/uuid.ts'
import { openDatabase, type Database } from '../../src/store/database.ts'
import type { JobRow } from '../../src/store/schema.ts'
import { refsOf, restored, rowsOf } from '../support/backup.ts'
import { forEachEngine } from '../support/databases.ts'
import { launcherScript } from '../support/launcher.ts'
import { programs } from '../support/programs.ts'
import { restWorld } from '../support/rest.ts'
import type { World } from '../support/world.ts'

const ODD_TEXT = 'line\u2028separator, paragraph\u2029separator, "quotes", \u{1f980}'

let w: World
let adminToken: string
let backup: BackUpSummary
let database: Database
beforeAll(async () => {
  w = await restWorld()
  adminToken = w.sluice.adminToken ?? ''
  await fill(w)
  await w.sluice.close()
  database = await w.openDatabase()
  await leaveUnfinished(database)
  backup = await backUpServer(w.config, Date, { destination: join(w.dir, 'backup'), mode: 'link' })
})
afterAll(async () => {
  await database.close()
  await w[Symbol.asyncDispose]()
})

/** Repositories of both formats, tags of tags, a deleted repository, a pull request, a protection. */
async function fill(w: World): Promise<void> {
  const { owner } = w
  await owner.start(w.repo.url)
  await owner.commit('a.txt', 'one')
  await owner.ok('tag', '-a', 'v1', '-m', 'first')
  await owner.ok('tag', '-a', 'v1-again', '-m', 'a tag of a tag', 'v1')
  await owner.ok('push', '-q', 'origin', 'main', '--tags')
  await owner.ok('checkout', '-q', '-b', 'feature/ü')
  await owner.commit('b.txt', 'two')
  await owner.ok('push', '-q', 'origin', 'feature/ü')
  await owner.ok('branch', 'gone')
  await owner.ok('push', '-q', 'origin', 'gone')
  await owner.ok('push', '-q', 'origin', ':gone')
  const pull = { title: 'first', description: ODD_TEXT, sourceBranch: 'feature/ü', targetBranch: 'main' }
  const post = (path: string, body: object) =>
    owner.fetch(w.url + path, { method: 'POST', body: JSON.stringify(body) })
  expect((await post('/repos/acme/app/pulls', pull)).status).toBe(201)
  const modern = await w.createRepo('modern', { objectFormat: 'sha256', description: ODD_TEXT })
  const agent = await w.actor('modern', { accountId: owner.accountId })
  await agent.start(modern.url, { objectFormat: 'sha256', branch: 'trunk' })
  await agent.commit('c.txt', 'three')
  await agent.ok('push', '-q', 'origin', 'trunk')
  await w.createRepo('empty')
  await w.createRepo('deleted')
  expect((await owner.fetch(`${w.url}/repos/acme/deleted`, { method: 'DELETE' })).ok).toBe(true)
}

/** What a server is at when it is copied: a push without an event, a job that runs, one that runs and waits. */
async function leaveUnfinished({ kysely }: Database): Promise<void> {
  const times = { created_at: 1, updated_at: 1, run_at: 1, priority: 0, attempts: 1 }
  const job = { type: 'later', repo_id: null, payload: '{}', last_error: null, ...times }
  const running = { status: 'running', worker: 'some', lease_until: 2 } as const
  const queued = { status: 'queued', worker: null, lease_until: null } as const
  await kysely
    .insertInto('jobs')
    .values([
      { ...job, ...running, id: newId(), key: 'runs' },
      { ...job, ...running, id: newId(), key: 'runs and waits' },
      { ...job, ...queued, id: newId(), key: 'runs and waits' },
    ])
    .execute()
  const event = JSON.stringify({ data: { refs: [] } })
  const intent = { repo_id: w.repo.id, instance: 'i', run: 'r', quarantine: null, event, created_at: 1 }
  await kysely
    .insertInto('intents')
    .values({ ...intent, id: newId(), state: 'prepared' })
    .execute()
}

/** Jobs that ran wait again, each once; nothing is about to happen. */
function asRestored(rows: Awaited<ReturnType<typeof rowsOf>>): typeof rows {
  const jobs = rows.jobs.map((text) => JSON.parse(text) as JobRow)
  const waiting = new Set(jobs.filter(({ status }) => status === 'queued').map(({ type, key }) => type + key))
  const put = jobs
    .filter(({ status, type, key }) => status !== 'running' || !waiting.has(type + key))
    .map((job) =>
      job.status === 'running' ? { ...job, status: 'queued', worker: null, lease_until: null } : job,
    )
  return { ...rows, intents: [], jobs: put.map((job) => JSON.stringify(job)).sort() }
}

forEachEngine('a server that was backed up and restored', (on) => {
  test('has every row of every table and every ref, and serves them to those who had access', async () => {
    const url = on.engine === 'postgres' ? on.address.url : null
    const cookieSecret = w.config.secrets.cookieSecret?.reveal() ?? ''
    await using copy = await restored(backup.path, url, { AUTH_COOKIE_SECRET: cookieSecret })
    expect(await rowsOf(copy.database)).toEqual(asRestored(await rowsOf(database)))
    const refs = await refsOf(database, w.config.gitStorageRoot)
    expect(await refsOf(copy.database, copy.config.gitStorageRoot)).toEqual(refs)
    expect(refs[w.repo.id]).toMatch(
      /refs\/heads\/feature\/ü\n[^]*refs\/pull\/1\/head\n[^]*refs\/tags\/v1-again/,
    )
    await expectServes(copy.config)
  })
})

/** With its old tokens and keys; new events come behind all cursors that the old server gave before it died. */
async function expectServes(config: Config): Promise<void> {
  const sluice = await compose({ config, programs: await programs() })
  try {
    await sluice.listen()
    const whoami = await fetch(`${sluice.url}/whoami`, { headers: { authorization: `Bearer ${adminToken}` } })
    expect(await whoami.json()).toMatchObject({ administrator: true })
    const { owner } = w
    const url = `${sluice.url}/acme/app.git`
    await owner.ok('clone', '-q', url, `clone-${sluice.url.length}-${config.dataDir.length}-${Date.now()}`)
    await owner.ok('checkout', '-q', '-B', 'later', 'main')
    await owner.commit('later.txt', config.dataDir)
    await owner.ok('push', '-q', url, 'later')
    const pull = { title: 'second', sourceBranch: 'later', targetBranch: 'main' }
    const opened = await owner.fetch(`${sluice.url}/repos/acme/app/pulls`, {
      method: 'POST',
      body: JSON.stringify(pull),
    })
    expect(await opened.json()).toMatchObject({ number: 2 })
  } finally {
    await sluice.close()
  }
  const { secrets, databasePath } = config
  await using after = await openDatabase({ url: secrets.databaseUrl?.reveal() ?? null, path: databasePath })
  const { first } = await after.kysely
    .selectFrom('events')
    .select(({ fn }) => fn.min('sequence').as('first'))
    .where('sequence', '>', backup.sequence)
    .executeTakeFirstOrThrow()
  expect(first).toBe(backup.sequence + 1_000_001)
}

test('a backup says what it holds, and its key secret is as secret as the original', async () => {
  expect(backup).toMatchObject({ keySecret: 'included', repositories: 4, damaged: [] })
  expect(await readFile(join(backup.path, 'key.secret'))).toEqual(
    await readFile(join(w.config.dataDir, 'key.secret')),
  )
})

test('a second backup does not overwrite the first', async () => {
  const again = backUpServer(w.config, Date, { destination: backup.path, mode: 'link' })
  await expect(again).rejects.toMatchObject({ code: 'ALREADY_EXISTS' })
})

test('nothing is restored into a database or a directory in which there is something', async () => {
  await using copy = await restored(backup.path)
  const { restoreServer } = await import('../../src/compose/backup.ts')
  const script = await launcherScript()
  const before = await rowsOf(copy.database)
  const again = restoreServer(copy.config, script, { backup: backup.path, depth: 'reachable' })
  await expect(again).rejects.toMatchObject({ code: 'CONFLICT' })
  expect(await rowsOf(copy.database)).toEqual(before)
})
