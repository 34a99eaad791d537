/** events-and-jobs.md, section 2, mirror: remotes that refuse, hang, lie and move, and what is told of it. */
import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { openGitHost, type GitHost, type HostBehaviour } from '../support/git-host.ts'
import { restWorld, Stage } from '../support/rest.ts'
import type { World } from '../support/world.ts'

let w: World
let host: GitHost
beforeAll(async () => {
  host = await openGitHost()
  w = await restWorld({ SLUICE_OUTBOUND_ALLOW: '127.0.0.0/8', SLUICE_MIRROR_TIMEOUT_SECONDS: '2' })
})
beforeEach(() => host.behave('serve'))
afterAll(async () => {
  await w[Symbol.asyncDispose]()
  await host[Symbol.asyncDispose]()
})

/** A repository with one commit, and an empty repository at the host. */
async function repository(fields: object = {}) {
  const server = new Stage(w)
  const { id } = await server.create('owner', { name: 'r', ...fields })
  const changes = [{ path: 'a', action: 'put', content: 'x', encoding: 'utf-8' }]
  const commit = { branch: 'main', message: 'one', changes }
  const { json } = await server.ask('owner', 'POST', `/repos/${server.org}/r/commits`, commit)
  const there = `acme/${randomUUID()}`
  const at = `/repos/${server.org}/r/mirrors/m`
  const body = { url: await host.create(there), credential: { username: 'u', password: 'p' } }
  const become = (expected: object) =>
    expect
      .poll(async () => (await server.ask('owner', 'GET', at)).json, { timeout: 15_000, interval: 20 })
      .toMatchObject(expected)
  const set = (other: object = {}) => server.ask('owner', 'PUT', at, { ...body, ...other })
  return { server, id, tip: json.sha as string, there, at, body, set, become }
}

const IN_TIME = { timeout: 15_000, interval: 20 }

const FAULTS: readonly (readonly [string, HostBehaviour, string])[] = [
  ['401', { status: 401 }, 'the remote does not accept the credential (401)'],
  ['403', { status: 403 }, 'the remote does not let this credential push there (403)'],
  ['404', { status: 404 }, 'the remote has no such repository, or hides it from this credential'],
  [
    'a redirect',
    { status: 302, headers: { location: 'http://127.0.0.1:1/elsewhere.git/info/refs' } },
    'the remote redirects, which is not followed: set the URL at which the repository is now',
  ],
  ['429', { status: 429 }, 'the remote has had too many requests'],
  ['500', { status: 500 }, 'the remote failed (5xx)'],
  ['no git server', { status: 200 }, 'the remote is no git server that takes pushes over smart HTTP'],
  ['a connection that breaks', 'die', 'the remote ended the connection'],
  ['a remote that hangs', 'hang', 'the push took too long'],
]

test.each(FAULTS)('%s is explained, and tried again later', async (_name, behaviour, lastError) => {
  const m = await repository()
  host.behave(behaviour)
  expect((await m.set()).status).toBe(201)
  await m.become({ state: 'failed', lastError, nextAttemptAt: expect.any(String) })
  const { json } = await m.server.ask('admin', 'GET', `/admin/jobs?jobType=mirror_push&repoId=${m.id}`)
  expect(json[0].lastError).toContain(lastError)
})

test.each([
  ['500', { status: 500 } as const],
  ['die', 'die' as const],
])(
  'a remote that answers first and then fails (%s) has taken nothing for granted',
  async (_name, behaviour) => {
    const m = await repository()
    host.behave(behaviour, { only: 'receive-pack' })
    await m.set()
    await m.become({ state: 'failed', refusedRefs: [] })
    host.behave('serve')
    await m.server.ask('owner', 'POST', `${m.at}/push`)
    await m.become({ state: 'ok' })
    expect(await host.refs(m.there)).toEqual([`refs/heads/main ${m.tip}`])
  },
)

test('a wrong credential is explained, and the right one is used at once', async () => {
  const m = await repository()
  host.demand('right')
  try {
    await m.set()
    await m.become({ state: 'failed', lastError: 'the remote does not accept the credential (401)' })
    expect((await m.set({ credential: { username: 'u', password: 'right' } })).status).toBe(200)
    await m.become({ state: 'ok' })
  } finally {
    host.demand('p')
  }
})

test('a remote of another object format is explained', async () => {
  const m = await repository({ objectFormat: 'sha256' })
  await m.set()
  await m.become({
    state: 'failed',
    lastError: 'the remote keeps another object format: one is sha1, the other sha256',
  })
})

test('a failure is told once in the log, and so is its end', async () => {
  const m = await repository()
  host.behave({ status: 403 })
  await m.set()
  await m.become({ state: 'failed' })
  const first = (await m.server.ask('owner', 'GET', m.at)).json.lastAttemptAt
  await m.server.ask('owner', 'POST', `${m.at}/push`)
  await expect
    .poll(async () => (await m.server.ask('owner', 'GET', m.at)).json.lastAttemptAt, { interval: 20 })
    .not.toBe(first)
  host.behave('serve')
  await m.server.ask('owner', 'POST', `${m.at}/push`)
  await m.become({ state: 'ok' })
  const events = (await w.events()).filter(
    ({ repoId, type }) => repoId === m.id && type.startsWith('mirror.'),
  )
  expect(events.map(({ type }) => type)).toEqual(['mirror.set', 'mirror.failed', 'mirror.recovered'])
  expect(events[1]?.data).toEqual({
    name: 'm',
    url: m.body.url,
    error: 'the remote does not let this credential push there (403)',
  })
})

test('a mirror that hangs delays no other one', async () => {
  const [slow, fast] = [await repository(), await repository()]
  const elsewhere = await openGitHost()
  await using _ = elsewhere
  host.behave('hang')
  await slow.set()
  const url = await elsewhere.create('a/b')
  await fast.set({ url })
  await fast.become({ state: 'ok' })
  expect((await slow.server.ask('owner', 'GET', slow.at)).json.state).toBe('pushing')
  await slow.become({ state: 'failed' })
})

test('a mirror that is removed while it is pushed to is gone, and no push of it follows', async () => {
  const m = await repository()
  {
    using _held = host.holdPushes()
    await m.set()
    const arrived = `POST /${m.there}.git/git-receive-pack`
    await expect.poll(() => host.calls.map(({ line }) => line), IN_TIME).toContain(arrived)
    expect((await m.server.ask('owner', 'DELETE', m.at)).status).toBe(204)
    expect((await m.server.ask('owner', 'GET', m.at)).status).toBe(404)
  }
  const jobs = async (status: string) => {
    const at = `/admin/jobs?jobType=mirror_push&status=${status}&repoId=${m.id}`
    return (await m.server.ask('admin', 'GET', at)).json
  }
  await expect.poll(() => jobs('running'), IN_TIME).toEqual([])
  expect(await jobs('queued')).toEqual([])
})
