/** Clones and fetches by stock git, in all three protocol versions. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Actor } from '../support/actor.ts'
import { commandBody, raw, readLines } from '../support/raw-git.ts'
import { world, type World } from '../support/world.ts'

const VERSIONS = ['0', '1', '2']
const V2 = { 'git-protocol': 'version=2' }

/** One server with a history, which the stories that only read share. */
let shared: World
let made: Awaited<ReturnType<typeof history>>
beforeAll(async () => {
  shared = await world()
  made = await history(shared)
})
afterAll(() => shared[Symbol.asyncDispose]())

/** May read the shared repository, from a directory of his own. */
function reader(): Promise<Actor> {
  return shared.actor('reader', { accountId: shared.owner.accountId, scope: 'repo:acme/app:read' })
}

/** `main` with three commits, `side` with one more, an annotated tag. */
async function history(w: World) {
  await w.agent.start(w.repo.url)
  const first = await w.agent.commit('a.txt', 'one\n')
  const second = await w.agent.commit('a.txt', 'two\n')
  await w.agent.ok('tag', '-a', '-m', 'a release', 'v1')
  const main = await w.agent.commit('b.txt', 'three\n')
  await w.agent.ok('switch', '-q', '-c', 'side')
  const side = await w.agent.commit('c.txt', 'four\n')
  await w.agent.ok('push', '-q', '--tags', 'origin', 'main', 'side')
  return { first, second, main, side, tag: await w.agent.ok('rev-parse', 'v1') }
}

test.for(VERSIONS)('a client of protocol v%s clones, fetches and pushes', async (version) => {
  await using w = await world()
  const { main } = await history(w)
  const protocol = ['-c', `protocol.version=${version}`]
  const cloned = await w.owner.git(...protocol, 'clone', '-q', w.repo.url, 'copy')
  expect(cloned.output).toBe('')
  expect(await w.owner.ok('-C', 'copy', 'rev-parse', 'HEAD')).toBe(main)

  await w.agent.ok('switch', '-q', 'main')
  const next = await w.agent.commit('d.txt', 'five\n')
  await w.agent.ok(...protocol, 'push', '-q', 'origin', 'main')
  await w.owner.ok('-C', 'copy', ...protocol, 'fetch', '-q', 'origin')
  expect(await w.owner.ok('-C', 'copy', 'rev-parse', 'origin/main')).toBe(next)
  expect((await w.owner.git('-C', 'copy', 'fsck', '--full')).code).toBe(0)
})

test('advertisements and lists of refs start no process, in any version', async () => {
  const [w, who] = [shared, await reader()]
  const { main, side, tag } = made
  const before = w.sluice.processesStarted()
  for (const version of VERSIONS) {
    const listed = await who.ok('-c', `protocol.version=${version}`, 'ls-remote', w.repo.url)
    expect(listed.split('\n')).toEqual([
      `${main}\tHEAD`,
      `${main}\trefs/heads/main`,
      `${side}\trefs/heads/side`,
      `${tag}\trefs/tags/v1`,
      expect.stringMatching(/\trefs\/tags\/v1\^\{\}$/),
    ])
  }
  await w.agent.ok('push', '--dry-run', 'origin', 'main:refs/heads/other')
  await who.ok('ls-remote', '--symref', w.repo.url, 'HEAD')
  expect(w.sluice.processesStarted()).toBe(before)
})

test('a fetch with nothing new starts no process', async () => {
  const [w, who] = [shared, await reader()]
  await who.ok('clone', '-q', w.repo.url, 'copy')
  const before = w.sluice.processesStarted()
  await who.ok('-C', 'copy', 'fetch', '-q', 'origin')
  expect(w.sluice.processesStarted()).toBe(before)
})

test('a list of refs by prefix holds only what was asked for', async () => {
  const [w, who] = [shared, await reader()]
  const { side } = made
  const body = commandBody('ls-refs', ['peel', 'symrefs', 'ref-prefix refs/heads/s'])
  const answer = await raw(who, `${w.repo.url}/git-upload-pack`, { headers: V2, body })
  expect(readLines(answer.body)).toEqual([`${side} refs/heads/side`])
})

test('an answer shows a push that was acknowledged before it was asked', async () => {
  await using w = await world()
  await history(w)
  await w.agent.ok('switch', '-q', 'main')
  for (let i = 0; i < 5; i++) {
    const head = await w.agent.commit('a.txt', `${i}\n`)
    await w.agent.ok('push', '-q', 'origin', 'main')
    expect(await w.owner.ok('ls-remote', w.repo.url, 'main')).toContain(head)
  }
})

test('a ref that somebody moves past the server is shown as well', async () => {
  await using w = await world()
  const { first, main } = await history(w)
  expect(await w.owner.ok('ls-remote', w.repo.url, 'main')).toContain(main)
  await w.onServer('update-ref', 'refs/heads/main', first)
  expect(await w.owner.ok('ls-remote', w.repo.url, 'main')).toContain(first)
  await w.onServer('pack-refs', '--all')
  expect(await w.owner.ok('ls-remote', w.repo.url, 'main')).toContain(first)
  await w.onServer('update-ref', '-d', 'refs/heads/side')
  expect(await w.owner.ok('ls-remote', w.repo.url, 'side')).toBe('')
})

test('tags come along with the commits they point at', async () => {
  const [w, who] = [shared, await reader()]
  const { tag } = made
  await who.ok('clone', '-q', '--single-branch', w.repo.url, 'copy')
  expect(await who.ok('-C', 'copy', 'rev-parse', 'v1')).toBe(tag)
})

test.for(VERSIONS)('a commit can be fetched by its id, though no ref points at it (v%s)', async (version) => {
  const [w, who] = [shared, await reader()]
  const { first } = made
  await who.ok('init', '-q', '.')
  await who.ok('-c', `protocol.version=${version}`, 'fetch', '-q', w.repo.url, first)
  expect(await who.ok('rev-parse', 'FETCH_HEAD')).toBe(first)
})

test('an id that the repository has not cannot be fetched', async () => {
  const [w, who] = [shared, await reader()]
  await who.ok('init', '-q', '.')
  const fetched = await who.git('fetch', w.repo.url, 'a'.repeat(40))
  expect(fetched.output).toContain('not our ref')
  expect(fetched.code).not.toBe(0)
})

test('refs that are the server’s own are shown to nobody', async () => {
  await using w = await world()
  const { main } = await history(w)
  for (const ref of ['refs/internal/kept', 'refs/quarantine/kept', 'refs/pull/1/head']) {
    await w.onServer('update-ref', ref, main)
  }
  for (const version of VERSIONS) {
    const protocol = ['-c', `protocol.version=${version}`]
    const listed = await w.owner.ok(...protocol, 'ls-remote', w.repo.url)
    expect(listed).toContain('refs/pull/1/head')
    expect(listed).not.toMatch(/internal|quarantine/)
    await w.owner.ok(...protocol, 'clone', '-q', '--mirror', w.repo.url, `v${version}`)
    expect(await w.owner.ok('-C', `v${version}`, 'for-each-ref')).not.toMatch(/internal|quarantine/)
  }
  const offered = await raw(w.agent, `${w.repo.url}/info/refs?service=git-receive-pack`)
  expect(offered.text).toContain('refs/heads/main')
  expect(offered.text).not.toMatch(/internal|quarantine/)
})

test('an empty repository is cloned onto its unborn branch', async () => {
  const [w, who] = [shared, await reader()]
  const { url } = await w.createRepo('fresh', { defaultBranch: 'trunk' })
  const owner = await w.actor('owner', { accountId: who.accountId })
  for (const version of VERSIONS) {
    await owner.ok('-c', `protocol.version=${version}`, 'clone', '-q', url, `v${version}`)
    // before v2 the wire has no word for an unborn branch
    const expected = version === '2' ? 'refs/heads/trunk' : 'refs/heads/master'
    expect(await owner.ok('-C', `v${version}`, 'symbolic-ref', 'HEAD')).toBe(expected)
  }
})

test('a clone with a reference fetches only what the reference lacks', async () => {
  const [w, who] = [shared, await reader()]
  const { main } = made
  await who.ok('clone', '-q', '--bare', w.repo.url, 'reference.git')
  const cloned = await who.git('clone', '-q', '--reference', 'reference.git', w.repo.url, 'copy')
  expect(cloned.code).toBe(0)
  expect(await who.ok('-C', 'copy', 'rev-parse', 'HEAD')).toBe(main)
  expect(await who.ok('-C', 'copy', 'count-objects', '-v')).toMatch(/^count: 0\n[^]*in-pack: 0\n/)
})

test('object-info tells the size of objects without sending them', async () => {
  const [w, who] = [shared, await reader()]
  const blob = await shared.agent.ok('rev-parse', 'main:a.txt')
  const answer = await raw(who, `${w.repo.url}/git-upload-pack`, {
    headers: V2,
    body: commandBody('object-info', ['size', `oid ${blob}`]),
  })
  expect(readLines(answer.body)).toEqual(['size', `${blob} 4`])
})

test('an unknown command of protocol v2 is malformed', async () => {
  const [w, who] = [shared, await reader()]
  const body = commandBody('make-coffee', [])
  expect((await raw(who, `${w.repo.url}/git-upload-pack`, { headers: V2, body })).status).toBe(400)
})

test('a repository of sha256 is pushed, cloned, fetched and pushed to again', async () => {
  await using w = await world({ objectFormat: 'sha256' })
  await w.agent.start(w.repo.url, { objectFormat: 'sha256' })
  const head = await w.agent.commit('a.txt', 'one\n')
  expect(head).toHaveLength(64)
  await w.agent.ok('push', '-q', 'origin', 'main')
  await w.owner.ok('clone', '-q', w.repo.url, 'copy')
  expect(await w.owner.ok('-C', 'copy', 'rev-parse', 'HEAD')).toBe(head)
  const next = await w.agent.commit('a.txt', 'two\n')
  await w.agent.ok('push', '-q', 'origin', 'main')
  await w.owner.ok('-C', 'copy', 'fetch', '-q', '--depth=1', 'origin')
  expect(await w.owner.ok('-C', 'copy', 'rev-parse', 'origin/main')).toBe(next)
  expect((await w.onServer('fsck', '--strict')).code).toBe(0)
})

test('a client of the other object format is told so, on reading and on writing', async () => {
  await using w = await world({ objectFormat: 'sha256' })
  const fetchBody = commandBody('fetch', [`want ${'a'.repeat(40)}`, 'done'])
  const fetched = await raw(w.agent, `${w.repo.url}/git-upload-pack`, { headers: V2, body: fetchBody })
  expect(fetched.status).toBe(400)
  await w.agent.start(w.repo.url)
  await w.agent.commit('a.txt', 'one\n')
  const pushed = await w.agent.git('push', 'origin', 'main')
  expect(pushed.output).toMatch(/object format|hash algorithm/i)
  expect(pushed.code).not.toBe(0)
})

test('stock git takes up the offer of sideband-all', async () => {
  await using w = await world()
  await w.agent.start(w.repo.url)
  const head = await w.agent.commit('a.txt', 'one\n')
  await w.agent.ok('push', '-q', 'origin', 'main')
  const traced = await w.owner.gitWith({ env: { GIT_TRACE_PACKET: '1' } }, 'clone', w.repo.url, 'copy')
  expect(traced.output).toMatch(/(?:clone|fetch|git)> sideband-all/)
  expect(await w.owner.ok('-C', 'copy', 'rev-parse', 'HEAD')).toBe(head)
})
