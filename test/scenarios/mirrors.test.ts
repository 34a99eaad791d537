/** events-and-jobs.md, section 2, mirror: what moves here moves there, and nothing else does. */
import { randomUUID } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openGitHost, type GitHost } from '../support/git-host.ts'
import { restWorld, Stage } from '../support/rest.ts'
import type { World } from '../support/world.ts'

let w: World
let host: GitHost
beforeAll(async () => {
  host = await openGitHost()
  w = await restWorld({ SLUICE_OUTBOUND_ALLOW: '127.0.0.0/8', SLUICE_MIRROR_TIMEOUT_SECONDS: '3' })
})
afterAll(async () => {
  await w[Symbol.asyncDispose]()
  await host[Symbol.asyncDispose]()
})

const TOKEN = 'ghp_do-not-show-me'

/** A repository that `owner` owns, its clone, and an empty repository at the host. */
async function mirrored(fields: { refs?: string[]; at?: string } = {}) {
  const server = new Stage(w)
  const { id } = await server.create('owner', { name: 'r' })
  const owner = await w.actor('owner', { accountId: server.accountOf('owner') })
  await owner.start(`${w.url}/${server.org}/r.git`)
  const there = `acme/${randomUUID()}`
  const url = await host.create(there)
  const at = `/repos/${server.org}/r/mirrors/github`
  const set = (body: object = {}) =>
    server.ask('owner', 'PUT', at, { url, credential: { token: TOKEN }, ...fields, ...body })
  const show = async () => (await server.ask('owner', 'GET', at)).json
  const become = (expected: object) =>
    expect.poll(show, { timeout: 15_000, interval: 20 }).toMatchObject(expected)
  const refsBecome = (refs: readonly string[]) =>
    expect.poll(() => host.refs(there), { timeout: 15_000, interval: 20 }).toEqual(refs)
  const types = async () => {
    const events = await w.events()
    return events.filter((e) => e.repoId === id && e.type.startsWith('mirror.')).map(({ type }) => type)
  }
  return { server, id, owner, there, url, at, set, show, become, refsBecome, types }
}

test('what is there already is pushed when a mirror is set, and every push after that: branches and tags, forced and deleted', async () => {
  const m = await mirrored()
  const first = await m.owner.commit('a', '1')
  await m.owner.ok('tag', 'v1')
  await m.owner.ok('push', 'origin', 'main', 'v1')
  expect((await m.set()).status).toBe(201)
  await m.refsBecome([`refs/heads/main ${first}`, `refs/tags/v1 ${first}`])
  await m.become({ state: 'ok', lastError: null, lastSuccessAt: expect.any(String), nextAttemptAt: null })
  expect(host.calls.at(-1)?.credential).toBe(`x-access-token:${TOKEN}`)

  const second = await m.owner.commit('a', '2')
  await m.owner.ok('push', 'origin', 'main', 'main:other')
  await m.refsBecome([`refs/heads/main ${second}`, `refs/heads/other ${second}`, `refs/tags/v1 ${first}`])

  await m.owner.ok('reset', '-q', '--hard', first)
  const third = await m.owner.commit('a', '3')
  await m.owner.ok('push', '-f', 'origin', 'main', ':other', ':v1')
  await m.owner.ok('push', 'origin', 'main:other/below')
  await m.refsBecome([`refs/heads/main ${third}`, `refs/heads/other/below ${third}`])
  expect(await m.types()).toEqual(['mirror.set'])
})

test('only refs that were mirrored are deleted there; those of others stay', async () => {
  const m = await mirrored()
  const tip = await m.owner.commit('a', '1')
  await m.owner.ok('push', 'origin', 'main', 'main:gone')
  await m.set()
  await m.become({ state: 'ok' })
  await host.git(m.there, 'update-ref', 'refs/heads/theirs', tip)
  await m.owner.ok('push', 'origin', ':gone')
  await m.refsBecome([`refs/heads/main ${tip}`, `refs/heads/theirs ${tip}`])
})

test('only the refs that are asked for are pushed, and never what the server keeps for itself', async () => {
  const m = await mirrored({ refs: ['refs/heads/release/*', 'refs/*'] })
  const tip = await m.owner.commit('a', '1')
  await m.owner.ok('push', 'origin', 'main', 'main:release/1', 'main:topic')
  await m.set({ refs: ['refs/heads/release/*'] })
  await m.refsBecome([`refs/heads/release/1 ${tip}`])
  await m.become({ state: 'ok' })

  const bare = w.sluice.pathOf(m.id)
  await m.owner.gitWith({ cwd: bare }, 'update-ref', 'refs/pull/9/head', tip)
  await m.owner.gitWith({ cwd: bare }, 'update-ref', 'refs/internal/x', tip)
  await m.set({ refs: ['refs/*'], credential: undefined })
  await m.refsBecome([`refs/heads/main ${tip}`, `refs/heads/release/1 ${tip}`, `refs/heads/topic ${tip}`])
})

test('a ref that is not asked for any more stays there', async () => {
  const m = await mirrored()
  const tip = await m.owner.commit('a', '1')
  await m.owner.ok('push', 'origin', 'main', 'main:old')
  await m.set()
  await m.become({ state: 'ok' })
  await m.set({ refs: ['refs/heads/main'] })
  await m.become({ state: 'ok', refs: ['refs/heads/main'] })
  await m.owner.ok('push', 'origin', ':old')
  const next = await m.owner.commit('a', '2')
  await m.owner.ok('push', 'origin', 'main')
  await m.refsBecome([`refs/heads/main ${next}`, `refs/heads/old ${tip}`])
})

test('a ref that the remote refuses is told with its reason, the others get there, and it is tried again', async () => {
  const m = await mirrored()
  const tip = await m.owner.commit('a', '1')
  await m.owner.ok('push', 'origin', 'main', 'main:held')
  await host.setHook(m.there, 'update', 'test "$1" != refs/heads/held')
  await m.set()
  await m.become({
    state: 'failed',
    lastError: 'the remote did not take 1 ref',
    refusedRefs: [{ ref: 'refs/heads/held', reason: 'hook declined' }],
    lastSuccessAt: null,
    nextAttemptAt: expect.any(String),
  })
  expect(await host.refs(m.there)).toEqual([`refs/heads/main ${tip}`])

  const next = await m.owner.commit('a', '2')
  await m.owner.ok('push', 'origin', 'main')
  await m.refsBecome([`refs/heads/main ${next}`])

  await host.setHook(m.there, 'update', '')
  expect((await m.server.ask('owner', 'POST', `${m.at}/push`)).status).toBe(202)
  await m.become({ state: 'ok', lastError: null, refusedRefs: [] })
  expect(await m.types()).toEqual(['mirror.set', 'mirror.failed', 'mirror.recovered'])
})

test('pushes that come while one is under way are pushed together after it, never beside it', async () => {
  const m = await mirrored()
  await m.owner.commit('a', '0')
  await m.owner.ok('push', 'origin', 'main')
  const before = () =>
    host.calls.filter(({ line }) => line === `POST /${m.there}.git/git-receive-pack`).length
  let tip = ''
  {
    using _held = host.holdPushes()
    await m.set()
    await expect.poll(before, { interval: 20 }).toBe(1)
    await expect.poll(m.show, { interval: 20 }).toMatchObject({ state: 'pushing' })
    for (let n = 1; n <= 5; n++) {
      tip = await m.owner.commit('a', String(n))
      await m.owner.ok('push', 'origin', 'main')
    }
  }
  await m.refsBecome([`refs/heads/main ${tip}`])
  await m.become({ state: 'ok' })
  expect([before(), host.pushing.most]).toEqual([2, 1])
})

test('push now brings back what somebody has changed at the remote', async () => {
  const m = await mirrored()
  const tip = await m.owner.commit('a', '1')
  await m.owner.ok('push', 'origin', 'main')
  await m.set()
  await m.become({ state: 'ok' })
  await host.git(m.there, 'update-ref', '-d', 'refs/heads/main')
  const answer = await m.server.ask('owner', 'POST', `${m.at}/push`)
  expect([answer.status, answer.json.name]).toEqual([202, 'github'])
  await m.refsBecome([`refs/heads/main ${tip}`])
})

test('another URL begins anew: nothing that is there is deleted', async () => {
  const m = await mirrored()
  const tip = await m.owner.commit('a', '1')
  await m.owner.ok('push', 'origin', 'main', 'main:gone')
  await m.set()
  await m.become({ state: 'ok' })
  await m.owner.ok('push', 'origin', ':gone')
  await m.refsBecome([`refs/heads/main ${tip}`])
  const second = `acme/${randomUUID()}`
  const url = await host.create(second)
  expect((await m.set({ url })).status).toBe(200)
  await expect.poll(() => host.refs(second), { interval: 20 }).toEqual([`refs/heads/main ${tip}`])
})

test('a deleted repository is pushed nowhere, and goes on when it is restored', async () => {
  const m = await mirrored()
  await m.owner.commit('a', '1')
  await m.owner.ok('push', 'origin', 'main')
  await m.set()
  await m.become({ state: 'ok' })
  await host.git(m.there, 'update-ref', '-d', 'refs/heads/main')
  await m.server.ask('owner', 'DELETE', `/repos/${m.server.org}/r`)
  expect((await m.server.ask('owner', 'GET', m.at)).status).toBe(410)
  await m.server.ask('owner', 'POST', `/repos/by-id/${m.id}/restore`)
  const tip = await m.owner.commit('a', '2')
  await m.owner.ok('push', 'origin', 'main')
  await m.refsBecome([`refs/heads/main ${tip}`])
})

test('the credential is in no event, job, answer or database row as it is', async () => {
  const m = await mirrored()
  await m.owner.commit('a', '1')
  await m.owner.ok('push', 'origin', 'main')
  await host.setHook(m.there, 'update', `echo ${TOKEN} >&2; exit 1`)
  await m.set()
  await m.become({ state: 'failed' })
  await using database = await w.openDatabase()
  const rows = await database.kysely.selectFrom('mirrors').selectAll().where('repo_id', '=', m.id).execute()
  expect(rows).toHaveLength(1)
  const jobs = (await m.server.ask('admin', 'GET', '/admin/jobs')).json
  await m.server.ask('owner', 'DELETE', m.at)
  const kept = JSON.stringify([rows, jobs, await w.events()])
  expect(kept).toContain(m.url)
  expect(kept).not.toContain(TOKEN)
  expect(kept).not.toContain(Buffer.from(`x-access-token:${TOKEN}`).toString('base64'))
})

test('the credential stands on no command line of git', async () => {
  const m = await mirrored()
  await m.owner.commit('a', '1')
  await m.owner.ok('push', 'origin', 'main')
  using _held = host.holdPushes()
  await m.set()
  await expect.poll(() => host.pushing.now, { interval: 20 }).toBe(1)
  const lines = await commandLines()
  expect(lines.filter((line) => line.includes(m.there)).length).toBeGreaterThan(0)
  expect(lines.filter((line) => line.includes(TOKEN) || line.includes('x-access-token'))).toEqual([])
})

/** Of every process of this machine that may be read. */
async function commandLines(): Promise<string[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name))
  return await Promise.all(pids.map((pid) => readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')))
}
