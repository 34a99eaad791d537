/**
 * A server is given the secrets of webhooks, mirrors and integrations, and those that take them answer, fail and
 * repeat what they were sent. Then whatever the server has written, told or backed up is searched.
 */
import { randomBytes, randomUUID } from 'node:crypto'
import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sql } from 'kysely'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { openDatabase, type Database } from '../../src/store/database.ts'
import { openAura, type AuraStandIn } from '../support/aura.ts'
import { emptyDatabase, type Place } from '../support/databases.ts'
import { openGitDiary, type GitDiary } from '../support/git-diary.ts'
import { openGitHost, type GitHost } from '../support/git-host.ts'
import { plantsIn } from '../support/plants.ts'
import { platformToken } from '../support/platform-token.ts'
import { openReceiver, type Received, type Receiver } from '../support/receiver.ts'
import { startServer, type ServerProcess } from '../support/server-process.ts'

const SETTINGS = {
  AUTH_COOKIE_SECRET: `cookie-${randomBytes(24).toString('hex')}`,
  INTERNAL_SERVICE_TOKEN: `internal-${randomBytes(24).toString('hex')}`,
  SLUICE_KEY_SECRET: `key-${randomBytes(24).toString('hex')}`,
} as const
const PATIENCE = { timeout: 20_000, interval: 50 }
const HIDDEN_PATH = randomBytes(24).toString('hex')

let dir: string
let place: Place
let aura: AuraStandIn
let github: GitHost
let receiver: Receiver
let diary: GitDiary
let server: ServerProcess
let database: Database
let login: string
const planted: Record<string, string> = {
  ...SETTINGS,
  'credential of a mirror': `ghp_${randomBytes(24).toString('hex')}`,
  'token of an integration': `ghs_${randomBytes(24).toString('hex')}`,
}
const answers: string[] = []

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'sluice-planted-'))
  place = await emptyDatabase()
  ;[aura, github, receiver] = await Promise.all([openAura(), openGitHost(), openReceiver()])
  diary = await openGitDiary(dir)
  const { url } = place.address
  server = await startServer('main', {
    ...SETTINGS,
    ...aura.settings,
    PATH: diary.path,
    SLUICE_DATA_DIR: join(dir, 'data'),
    SLUICE_BACKUP_DIR: join(dir, 'backups'),
    SLUICE_GITHUB_URL: github.url,
    SLUICE_OUTBOUND_ALLOW: '127.0.0.1',
    SERVER_PORT: '0',
    SLUICE_LOG_LEVEL: 'trace',
    ...(url === null ? {} : { DATABASE_URL: url }),
  })
  database = await openDatabase({ url, path: join(dir, 'data', 'sluice.db') })
  const identity = { accountId: randomUUID(), name: 'ada' }
  login = await platformToken(Buffer.from(SETTINGS.AUTH_COOKIE_SECRET), identity)
  await useAndFail()
  await backUp()
}, 120_000)

afterAll(async () => {
  await database?.close()
  await server?.[Symbol.asyncDispose]()
  await Promise.all([aura, github, receiver, place].map((one) => one?.[Symbol.asyncDispose]()))
  await rm(dir, { recursive: true, force: true, maxRetries: 5 })
})

// eslint-disable-next-line @typescript-eslint/no-explicit-any
type Json = any

/** @param handsOut the answer is not searched */
async function ask(method: string, path: string, body?: object, handsOut = false): Promise<Json> {
  const answer = await fetch(server.url + path, {
    method,
    headers: { authorization: `Bearer ${login}`, ...(body && { 'content-type': 'application/json' }) },
    body: body ? JSON.stringify(body) : null,
  })
  const text = await answer.text()
  if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`)
  if (!handsOut) answers.push(`${JSON.stringify([...answer.headers])} ${text}`)
  return text === '' ? null : JSON.parse(text)
}

const echo = ({ headers, body }: Received) => ({ status: 400, body: JSON.stringify(headers) + body })

async function useAndFail(): Promise<void> {
  const { orgId } = await ask('POST', '/repos', { orgId: 'acme', name: 'app' })
  await Promise.all(['acme/own', 'acme/integrated'].map((path) => github.create(path)))
  const config = { owner: 'acme', repo: 'integrated', token: planted['token of an integration'] }
  aura.integrations.set(orgId, [{ integrationType: 'github', enabled: true, config }])
  const at = '/repos/acme/app'
  const url = `${receiver.url}/${HIDDEN_PATH}`
  const hook = await ask('POST', `${at}/hooks`, { url }, true)
  planted['secret of a webhook'] = hook.secret
  planted['new secret of a webhook'] = (await ask('POST', `${at}/hooks/${hook.id}/secret`, {}, true)).secret
  const credential = { token: planted['credential of a mirror'] }
  await ask('PUT', `${at}/mirrors/own`, { url: `${github.url}/acme/own.git`, credential })

  await push()
  await mirrorsBecome('ok')
  receiver.behave(echo)
  aura.behave(echo)
  for (const status of [401, 500]) {
    github.behave({ status })
    await push()
    await mirrorsBecome('failed')
    await ask('POST', `${at}/mirrors/own/push`)
  }
  const delivery = await vi.waitFor(async () => {
    const deliveries = await ask('GET', `${at}/hooks/${hook.id}/deliveries`)
    const refused = deliveries.find(({ responseStatus }: Json) => responseStatus === 400)
    expect(refused).toBeDefined()
    return refused
  }, PATIENCE)
  await ask('GET', `${at}/hooks/${hook.id}/deliveries/${delivery.id}`)
  for (const path of ['/hooks', '/mirrors', '/events']) await ask('GET', at + path)
}

async function push(): Promise<void> {
  const changes = [{ path: 'a', action: 'put', content: randomUUID(), encoding: 'utf-8' }]
  await ask('POST', '/repos/acme/app/commits', { branch: 'main', message: 'one', changes })
}

function mirrorsBecome(state: string): Promise<void> {
  return vi.waitFor(async () => {
    const mirrors = await ask('GET', '/repos/acme/app/mirrors')
    expect(mirrors.map((mirror: Json) => mirror.state)).toEqual([state, state])
  }, PATIENCE)
}

async function backUp(): Promise<void> {
  const headers = { 'x-internal-token': SETTINGS.INTERNAL_SERVICE_TOKEN }
  const asked = await fetch(`${server.url}/admin/backups`, { method: 'POST', headers })
  expect(asked.status).toBe(202)
  await vi.waitFor(async () => expect(await wholeBackups()).not.toEqual([]), PATIENCE)
  for (const path of ['/admin/jobs', '/admin/jobs/failed', '/admin/events', '/health', '/metrics']) {
    const answer = await fetch(server.url + path, { headers })
    answers.push(await answer.text())
  }
}

/** Paths; the next one may be on its way. */
async function wholeBackups(): Promise<string[]> {
  const names = await readdir(join(dir, 'backups'))
  return names.filter((name) => !name.endsWith('.partial')).map((name) => join(dir, 'backups', name))
}

async function filesBelow(root: string): Promise<string[]> {
  const below = await readdir(root, { recursive: true, withFileTypes: true })
  return below.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
}

test('every receiver was shown what is meant for it', () => {
  expect(github.calls.map(({ credential }) => credential)).toEqual(
    expect.arrayContaining([
      `x-access-token:${planted['credential of a mirror']}`,
      `x-access-token:${planted['token of an integration']}`,
    ]),
  )
  expect(aura.receiver.received[0]?.headers['x-internal-token']).toBe(SETTINGS.INTERNAL_SERVICE_TOKEN)
  expect(receiver.received.length).toBeGreaterThan(0)
  expect(answers.join()).toContain('webhook-signature') // what a receiver repeats is shown to its owner
})

test('neither the log nor an answer holds a secret, though all of them failed', () => {
  expect(server.log()).toContain('mirror_push')
  expect(plantsIn(server.log(), planted)).toEqual([])
  expect(answers.filter((answer) => plantsIn(answer, planted).length > 0)).toEqual([])
})

test('no table of the database holds one, and no event the path of a webhook', async () => {
  const names = (await database.kysely.introspection.getTables()).map(({ name }) => name)
  expect(names).toEqual(expect.arrayContaining(['hooks', 'mirrors', 'deliveries', 'jobs', 'events']))
  for (const name of names) {
    const { rows } = await sql`select * from ${sql.table(name)}`.execute(database.kysely)
    expect([name, plantsIn(JSON.stringify(rows), planted)]).toEqual([name, []])
    if (name !== 'hooks') expect([name, JSON.stringify(rows).includes(HIDDEN_PATH)]).toEqual([name, false])
  }
})

test('no file of the server and none of a backup holds one, and nobody else reads a backup', async () => {
  const backups = await wholeBackups()
  const backedUp = (await Promise.all(backups.map(filesBelow))).flat()
  expect(backedUp.some((file) => file.endsWith('manifest.json'))).toBe(true)
  for (const file of [...(await filesBelow(join(dir, 'data'))), ...backedUp])
    expect([file, plantsIn(await readFile(file, 'latin1'), planted)]).toEqual([file, []])
  for (const path of [join(dir, 'backups'), ...backups]) expect((await stat(path)).mode & 0o077).toBe(0)
})

test('no git but the one that pushes there was told one, and that one not on its command line', async () => {
  const runs = (await diary.read()).split(/^started: /m)
  const isPushOut = (run: string) => /^.*\bpush --porcelain\b/.test(run)
  expect(runs.filter(isPushOut).length).toBeGreaterThan(2)
  for (const run of runs) {
    const [command = ''] = run.split('\n', 1)
    expect(plantsIn(isPushOut(run) ? command : run, planted)).toEqual([])
  }
  for (const run of runs.filter(isPushOut)) expect(plantsIn(run, SETTINGS)).toEqual([])
})
