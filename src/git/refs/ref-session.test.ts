import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readFile, rm, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { childrenOf } from '../../../test/support/processes.ts'
import { git, push, testStore, type TestStore } from '../../../test/support/store.ts'
import type { Oid, RefName } from '../../kernel/ids.ts'
import type { RefUpdate } from '../../kernel/ref-update.ts'
import type { RepoHandle } from '../../kernel/repository.ts'
import { REF_SESSION_LIMITS, RefSessionPool, SHELF_DIRECTORY } from './ref-session-pool.ts'

let world: TestStore
beforeAll(async () => {
  world = await testStore()
})
afterAll(() => world[Symbol.asyncDispose]())

const MAIN = 'refs/heads/main' as RefName

function valueOf(repo: RepoHandle, ref: string): string {
  return git(repo.path, ['rev-parse', ref]).toString().trim()
}

/** Its gits outlive it until the server has noticed. */
async function killLauncher(): Promise<void> {
  const { pid } = world.launcher
  process.kill(pid ?? 0, 'SIGKILL')
  await expect.poll(() => world.launcher.pid).not.toBe(pid)
}

/** Locks, and leaves the locks to the caller. */
async function prepared(repo: RepoHandle, updates: readonly RefUpdate[]) {
  const refs = world.store.openQuarantine(repo).beginRefTransaction(updates)
  return { refs, failures: await refs.prepare() }
}

test('one session commits many transactions with new objects, loose and packed in turn', async () => {
  const [repo, client] = [await world.newRepo(), await world.newClient()]
  let tip = client.commit('start')
  await push(world.store, repo, client.pack([tip]), [client.create(MAIN, tip)])
  const before = world.launcher.started
  const rounds = 24
  for (let round = 0; round < rounds; round++) {
    const old = tip
    for (let i = 0; i < (round % 2 ? 40 : 1); i++)
      tip = client.commit(`${round}.${i}`, { parents: [tip], content: `${round}.${i}` })
    const update = { ref: MAIN, oldOid: old, newOid: tip }
    expect(await push(world.store, repo, client.pack([tip], [old]), [update])).toEqual([])
    if (round % 8 === 7) git(repo.path, ['repack', '-a', '-d', '-q']) // takes the packs away that git knows
  }
  expect(valueOf(repo, MAIN)).toBe(tip)
  expect(git(repo.path, ['fsck', '--full']).toString()).toBe('')
  // unpacking starts a process, and rev-list one for the packed half; had a session ended, there would be one more
  expect(world.launcher.started - before).toBe(rounds * 1.5)
})

test('a refused push leaves nothing in the session that the next one could use', async () => {
  const [repo, client] = [await world.newRepo(), await world.newClient()]
  const oid = client.commit('refused')
  {
    await using quarantine = world.store.openQuarantine(repo)
    await quarantine.receive(Readable.from([client.pack([oid])]), {})
    await using refs = quarantine.beginRefTransaction([client.create(MAIN, oid)])
    expect(await refs.prepare()).toEqual([])
  }
  expect(await world.store.readRefs(repo, [MAIN])).toEqual(new Map())
  expect(existsSync(`${repo.path}/${MAIN}.lock`)).toBe(false)
  await expect(push(world.store, repo, null, [client.create(MAIN, oid)])).rejects.toThrow('pack could not be')
})

test('refs are locked by prepare, and free again when it is not committed', async () => {
  const [repo, client] = [await world.newRepo(), await world.newClient()]
  const oid = client.commit('one')
  await push(world.store, repo, client.pack([oid]), [client.create(MAIN, oid)])
  const other = 'refs/heads/other' as RefName
  const { refs } = await prepared(repo, [client.create(other, oid)])
  expect(existsSync(`${repo.path}/${other}.lock`)).toBe(true)
  await refs[Symbol.asyncDispose]()
  expect(existsSync(`${repo.path}/${other}.lock`)).toBe(false)
  expect((await world.store.readRefs(repo, [other])).size).toBe(0)
})

test('all refs that have moved are named, and a good one beside them is not', async () => {
  const [repo, client] = [await world.newRepo(), await world.newClient()]
  const [one, two] = [client.commit('one'), client.commit('two')]
  const names = ['refs/heads/a', 'refs/heads/b', 'refs/heads/c'] as RefName[]
  const creates = names.map((ref) => client.create(ref, one))
  await push(world.store, repo, client.pack([one, two]), creates)
  const [a, b, c] = names as [RefName, RefName, RefName]
  const { refs, failures } = await prepared(repo, [
    { ref: a, oldOid: two, newOid: one },
    { ref: b, oldOid: one, newOid: one },
    client.create(c, one),
    client.delete('refs/heads/gone', one),
  ])
  await refs[Symbol.asyncDispose]()
  expect(failures.every((f) => f.kind === 'stale')).toBe(true)
  expect(failures.map((f) => f.ref).sort()).toEqual([a, c, 'refs/heads/gone'])
})

test.each([
  ['loose', false],
  ['packed', true],
])('a name inside another ref is a conflict, in both directions (%s)', async (_where, isPacked) => {
  const [repo, client] = [await world.newRepo(), await world.newClient()]
  const oid = client.commit('one')
  await push(world.store, repo, client.pack([oid]), [
    client.create('refs/heads/a', oid),
    client.create('refs/heads/x/y', oid),
  ])
  if (isPacked) git(repo.path, ['pack-refs', '--all'])
  for (const ref of ['refs/heads/a/b', 'refs/heads/x'] as RefName[]) {
    const { refs, failures } = await prepared(repo, [client.create(ref, oid)])
    await refs[Symbol.asyncDispose]()
    expect(failures).toEqual([{ ref, kind: 'conflict' }])
  }
})

test('a branch that would point at a tree is named', async () => {
  const [repo, client] = [await world.newRepo(), await world.newClient()]
  const oid = client.commit('one')
  await push(world.store, repo, client.pack([oid]), [client.create(MAIN, oid)])
  const tree = client.git(['rev-parse', `${oid}^{tree}`]) as Oid
  const { refs, failures } = await prepared(repo, [client.create('refs/heads/tree', tree)])
  await refs[Symbol.asyncDispose]()
  expect(failures).toEqual([{ ref: 'refs/heads/tree', kind: 'not-commit' }])
})

test('a lock file left behind keeps its ref locked until it is broken', async () => {
  const [repo, client] = [await world.newRepo(), await world.newClient()]
  const oid = client.commit('one')
  await push(world.store, repo, client.pack([oid]), [client.create('refs/heads/x', oid)])
  for (const name of [MAIN, 'HEAD', 'packed-refs']) await writeFile(`${repo.path}/${name}.lock`, '')
  const { refs, failures } = await prepared(repo, [client.create(MAIN, oid)])
  await refs[Symbol.asyncDispose]()
  expect(failures.map((f) => f.kind)).toEqual(['locked'])
  await world.store.breakStaleLocks(repo, [MAIN])
  expect(await push(world.store, repo, null, [client.create(MAIN, oid)])).toEqual([])
  git(repo.path, ['pack-refs', '--all'])
})

test('old locks that nobody can hold any more are broken by the next push, and young ones never', async () => {
  const [repo, client] = [await world.newRepo(), await world.newClient()]
  const oid = client.commit('one')
  const other = 'refs/heads/x' as RefName
  await push(world.store, repo, client.pack([oid]), [client.create(other, oid)])
  const updates = [client.create(MAIN, oid), client.delete(other, oid)]
  const locks = [MAIN, other, 'HEAD', 'packed-refs'].map((name) => `${repo.path}/${name}.lock`)
  for (const lock of locks) await writeFile(lock, '')
  expect((await push(world.store, repo, null, updates)).map(({ kind }) => kind)).toEqual(['locked'])
  expect(locks.filter((lock) => existsSync(lock))).toEqual(locks)
  for (const lock of locks) await utimes(lock, new Date(), new Date(Date.now() - 6 * 60_000))
  expect(await push(world.store, repo, null, updates)).toEqual([])
  expect(locks.filter((lock) => existsSync(lock))).toEqual([])
  expect(valueOf(repo, MAIN)).toBe(oid)
})

test('refs are deleted, loose and packed', async () => {
  const [repo, client] = [await world.newRepo(), await world.newClient()]
  const oid = client.commit('one')
  const names = ['refs/heads/a', 'refs/heads/deep/er/b', 'refs/tags/c']
  await push(
    world.store,
    repo,
    client.pack([oid]),
    names.map((ref) => client.create(ref, oid)),
  )
  git(repo.path, ['pack-refs', '--all'])
  git(repo.path, ['update-ref', 'refs/heads/d', oid])
  const all = [...names, 'refs/heads/d']
  expect(
    await push(
      world.store,
      repo,
      null,
      all.map((ref) => client.delete(ref, oid)),
    ),
  ).toEqual([])
  expect(git(repo.path, ['for-each-ref']).toString()).toBe('')
})

test('pushes to different refs go on side by side, within the bound on sessions', async () => {
  const [repo, client] = [await world.newRepo(), await world.newClient()]
  const base = client.commit('base')
  await push(world.store, repo, client.pack([base]), [client.create(MAIN, base)])
  const tips = Array.from({ length: 24 }, (_, i) => client.commit(`t${i}`, { parents: [base] }))
  const pushes = tips.map((tip, i) =>
    push(world.store, repo, client.pack([tip], [base]), [client.create(`refs/heads/t${i}`, tip)]),
  )
  expect(new Set((await Promise.all(pushes)).flat())).toEqual(new Set())
  const refs = git(repo.path, ['for-each-ref', 'refs/heads/t*']).toString().trim().split('\n')
  expect(refs).toHaveLength(24)
  expect(git(repo.path, ['fsck']).toString()).toBe('')
})

test('idle sessions are closed, and a total bound is kept by closing the one unused longest', async () => {
  const sessionLimits = { ...REF_SESSION_LIMITS, total: 2, idleMs: 60_000 }
  await using small = await testStore({ sessionLimits })
  const client = await small.newClient()
  const oid = client.commit('one')
  for (let i = 0; i < 5; i++) {
    const repo = await small.newRepo()
    expect(await push(small.store, repo, client.pack([oid]), [client.create(MAIN, oid)])).toEqual([])
  }
  await using quick = await testStore({ sessionLimits: { ...REF_SESSION_LIMITS, idleMs: 5 } })
  const repo = await quick.newRepo()
  await push(quick.store, repo, client.pack([oid]), [client.create(MAIN, oid)])
  await expect
    .poll(async () => {
      const children = await readFile(
        `/proc/${quick.launcher.pid}/task/${quick.launcher.pid}/children`,
        'utf8',
      )
      return children.trim()
    })
    .toBe('')
})

test('a session whose view cannot be removed when it closes ends nothing else', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'sluice-sessions-'))
  await mkdir(`${directory}/${SHELF_DIRECTORY}`)
  const pool = new RefSessionPool(world.launcher, directory, { ...REF_SESSION_LIMITS, maxUses: 0 })
  const session = await pool.take(await world.newRepo())
  await rm(`${directory}/view-1`)
  await mkdir(`${directory}/view-1`) // as little to be unlinked as a link on a disk that is read-only by now
  pool.giveBack(session) // used up
  await session.ended
  await expect(session.close()).rejects.toThrow('EISDIR') // behind the pool's own
  await rm(directory, { recursive: true })
})

test('who waits for the sessions of one repository costs another none of its own', async () => {
  await using small = await testStore({
    sessionLimits: { ...REF_SESSION_LIMITS, perRepository: 1, total: 2 },
  })
  const [busy, other, client] = [await small.newRepo(), await small.newRepo(), await small.newClient()]
  const oid = client.commit('one')
  for (const repo of [busy, other])
    await push(small.store, repo, client.pack([oid]), [client.create(MAIN, oid)])
  const lock = (ref: string) =>
    small.store.openQuarantine(busy).beginRefTransaction([client.create(ref, oid)])
  const [first, second] = [lock('refs/heads/a'), lock('refs/heads/b')]
  await first.prepare()
  const waiting = second.prepare()
  const before = small.launcher.started
  await push(small.store, other, null, [client.create('refs/heads/a', oid)])
  expect(small.launcher.started).toBe(before)
  await first[Symbol.asyncDispose]()
  expect(await waiting).toEqual([])
  await second[Symbol.asyncDispose]()
})

test('a session that died while idle is replaced without the push noticing', async () => {
  const [repo, client] = [await world.newRepo(), await world.newClient()]
  const [one, two] = [client.commit('one'), client.commit('two')]
  await push(world.store, repo, client.pack([one, two]), [client.create(MAIN, one)])
  await killLauncher()
  const update = client.create('refs/heads/two', two)
  await using quarantine = world.store.openQuarantine(repo)
  await using refs = quarantine.beginRefTransaction([update])
  expect(await refs.prepare()).toEqual([])
  await refs.commit()
  expect(valueOf(repo, 'refs/heads/two')).toBe(two)
})

test('a session that does not answer is ended in time, and the next push finds no lock of it', async () => {
  await using hasty = await testStore({ sessionLimits: { ...REF_SESSION_LIMITS, answerMs: 300 } })
  const [repo, client] = [await hasty.newRepo(), await hasty.newClient()]
  const oid = client.commit('one')
  await push(hasty.store, repo, client.pack([oid]), [client.create(MAIN, oid)])
  const [session] = childrenOf(hasty.launcher.pid ?? 0)
  process.kill(session?.pid ?? 0, 'SIGSTOP')
  const next = client.create('refs/heads/next', oid)
  const hung = hasty.store.openQuarantine(repo).beginRefTransaction([next])
  await expect(hung.prepare()).rejects.toMatchObject({
    code: 'UNAVAILABLE',
    details: { reason: 'took too long' },
  })
  await hung[Symbol.asyncDispose]()
  expect(await push(hasty.store, repo, null, [next])).toEqual([])
})

test('a launcher that is lost during a transaction is an error, and no lock stays', async () => {
  const [repo, client] = [await world.newRepo(), await world.newClient()]
  const oid = client.commit('one')
  await push(world.store, repo, client.pack([oid]), [client.create(MAIN, oid)])
  const ref = 'refs/heads/next' as RefName
  const { refs, failures } = await prepared(repo, [client.create(ref, oid)])
  expect(failures).toEqual([])
  await killLauncher()
  await expect(refs.commit()).rejects.toMatchObject({ code: 'LAUNCHER_LOST' })
  await refs[Symbol.asyncDispose]()
  await world.launcher.ready()
  await world.store.breakStaleLocks(repo, [ref])
  expect(await push(world.store, repo, null, [client.create(ref, oid)])).toEqual([])
})
