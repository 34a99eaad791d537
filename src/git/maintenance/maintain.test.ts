import { readdir, readFile, stat, utimes, writeFile, mkdir, rm } from 'node:fs/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { git, push, testStore, type Client, type TestStore } from '../../../test/support/store.ts'
import type { Oid } from '../../kernel/ids.ts'
import type { RepoHandle } from '../../kernel/repository.ts'
import { maintain, type MaintainParts, type Wanted } from './maintain.ts'

let s: TestStore
let client: Client
beforeAll(async () => {
  s = await testStore()
  client = await s.newClient()
})
afterAll(() => s[Symbol.asyncDispose]())

const INCREMENTAL: Wanted = { bitmap: false, whole: false }
const WHOLE: Wanted = { bitmap: true, whole: true }

function look(repo: RepoHandle, wanted: Wanted, more: Partial<MaintainParts> = {}): Promise<number> {
  const parts = { git: { launcher: s.launcher, memoryBytes: 1024 ** 3 }, root: s.root, ...more }
  return maintain(parts, repo, wanted, new AbortController().signal)
}

/** A repository whose branch `main` took `count` pushes, and where `topic` came and went. */
async function pushed(count: number): Promise<{ repo: RepoHandle; tips: Oid[]; lost: Oid }> {
  const repo = await s.newRepo()
  const tips: Oid[] = []
  for (let i = 0; i < count; i++) {
    const tip = client.commit(`${repo.id} ${i}`, { parents: tips.slice(-1) })
    const olds = tips.slice(-1)
    const update = olds[0]
      ? { ...client.create('refs/heads/main', tip), oldOid: olds[0] }
      : client.create('refs/heads/main', tip)
    expect(await push(s.store, repo, client.pack([tip], olds), [update])).toEqual([])
    tips.push(tip)
  }
  const lost = client.commit(`${repo.id} topic`, { parents: tips.slice(-1) })
  await push(s.store, repo, client.pack([lost], tips.slice(-1)), [client.create('refs/heads/topic', lost)])
  await push(s.store, repo, null, [client.delete('refs/heads/topic', lost)])
  return { repo, tips, lost }
}

function has(repo: RepoHandle, oid: string): boolean {
  try {
    git(repo.path, ['cat-file', '-e', oid])
    return true
  } catch {
    return false
  }
}

async function packsOf(repo: RepoHandle): Promise<string[]> {
  return (await readdir(`${repo.path}/objects/pack`)).filter((name) => name.endsWith('.pack'))
}

function looseOf(repo: RepoHandle): number {
  return Number(/^count: (\d+)$/m.exec(git(repo.path, ['count-objects', '-v']).toString())?.[1])
}

/** As if what is in these packs had lain there for a long time. */
async function age(repo: RepoHandle): Promise<void> {
  const long = new Date(Date.now() - 30 * 24 * 3600_000)
  for (const name of await packsOf(repo)) await utimes(`${repo.path}/objects/pack/${name}`, long, long)
}

test('a commit-graph in which a bit has changed is not built upon, but made anew', async () => {
  const { repo, tips } = await pushed(3)
  await look(repo, INCREMENTAL)
  const directory = `${repo.path}/objects/info/commit-graphs`
  const path = `${directory}/${(await readdir(directory)).find((name) => name.endsWith('.graph'))}`
  const bytes = await readFile(path)
  const id = Buffer.from(git(repo.path, ['rev-parse', 'main^{tree}']).toString().trim(), 'hex')
  bytes[bytes.indexOf(id)]! ^= 1
  await rm(path)
  await writeFile(path, bytes)
  const verify = () => git(repo.path, ['commit-graph', 'verify'])
  expect(verify).toThrow('checksum')

  const next = client.commit(`${repo.id} next`, { parents: tips.slice(-1) })
  const update = { ...client.create('refs/heads/main', next), oldOid: tips.at(-1)! }
  expect(await push(s.store, repo, client.pack([next], tips.slice(-1)), [update])).toEqual([])
  await look(repo, INCREMENTAL)
  expect(verify).not.toThrow()
})

test('loose objects become one pack, loose refs packed ones, and the history gets a graph', async () => {
  const { repo, tips, lost } = await pushed(5)
  const size = await look(repo, INCREMENTAL)
  expect(looseOf(repo)).toBe(0)
  expect(await packsOf(repo)).toHaveLength(1)
  expect(await readFile(`${repo.path}/packed-refs`, 'utf8')).toContain(`${tips.at(-1)} refs/heads/main`)
  expect(await readdir(`${repo.path}/objects/info/commit-graphs`)).toContain('commit-graph-chain')
  expect(size).toBeGreaterThan(0)
  expect(has(repo, lost)).toBe(true) // nobody reaches it, but nothing is dropped here
  expect(git(repo.path, ['fsck', '--strict', '--no-dangling']).toString()).toBe('')
})

test('many packs, as commits by REST leave them, become few', async () => {
  const { repo } = await pushed(1)
  let parent = git(repo.path, ['rev-parse', 'main']).toString().trim() as Oid
  for (let i = 0; i < 12; i++) {
    const next = client.commit(`${repo.id} packed ${i}`, { parents: [parent] })
    const pack = git(client.path, ['pack-objects', '-q', '--stdout', '--revs'], `${next}\n^${parent}\n`)
    git(repo.path, ['index-pack', '--stdin'], pack)
    git(repo.path, ['update-ref', 'refs/heads/main', next])
    parent = next
  }
  expect(await packsOf(repo)).toHaveLength(12)
  await look(repo, INCREMENTAL)
  expect((await packsOf(repo)).length).toBeLessThanOrEqual(2)
})

test('a repository that is cloned gets a bitmap, and an empty one needs nothing', async () => {
  const { repo } = await pushed(3)
  await look(repo, { bitmap: true, whole: false })
  expect((await readdir(`${repo.path}/objects/pack`)).some((name) => name.endsWith('.bitmap'))).toBe(true)
  const empty = await s.newRepo()
  await look(empty, WHOLE)
  expect(git(empty.path, ['for-each-ref']).toString()).toBe('')
})

test('what nobody reaches is dropped when it has lain in a pack of its own for two weeks, and not before', async () => {
  const { repo, tips, lost } = await pushed(3)
  await look(repo, INCREMENTAL)
  await age(repo) // the pack is old, but until a moment ago somebody reached what is in it
  await look(repo, WHOLE)
  expect(has(repo, lost)).toBe(true)
  expect(await packsOf(repo)).toHaveLength(2)
  await look(repo, WHOLE, { expiry: 'now' })
  expect(has(repo, lost)).toBe(false)
  expect(git(repo.path, ['rev-list', '--objects', 'main']).toString()).toContain(tips[0])
  expect(git(repo.path, ['fsck', '--strict', '--no-dangling']).toString()).toBe('')
})

test('what is pushed again is stored again, although it lies among what nobody reaches', async () => {
  const { repo, tips, lost } = await pushed(3)
  await look(repo, WHOLE)
  expect(looseOf(repo)).toBe(0)
  await push(s.store, repo, client.pack([lost], tips.slice(-1)), [client.create('refs/heads/again', lost)])
  expect(looseOf(repo)).toBe(3)
})

test('what a ref has come to reach again while it was being dropped is brought back', async () => {
  const { repo, lost } = await pushed(3)
  await look(repo, WHOLE)
  await look(repo, WHOLE, { expiry: 'now' })
  expect(has(repo, lost)).toBe(false)
  await writeFile(`${repo.path}/refs/heads/again`, `${lost}\n`) // by a push that had seen it a moment ago
  await expect(readdir(`${repo.path}/dropped`)).resolves.not.toHaveLength(0)
  await look(repo, WHOLE)
  expect(has(repo, lost)).toBe(true)
  expect(git(repo.path, ['fsck', '--strict', '--no-dangling']).toString()).toBe('')
})

test('what was dropped is gone for good a day later', async () => {
  const { repo, lost } = await pushed(2)
  await look(repo, WHOLE)
  await look(repo, WHOLE, { expiry: 'now' })
  const names = await readdir(`${repo.path}/dropped`)
  expect(names.length).toBeGreaterThan(0)
  await look(repo, INCREMENTAL)
  expect(await readdir(`${repo.path}/dropped`)).toEqual(names)
  const old = new Date(Date.now() - 25 * 3600_000)
  for (const name of names) await utimes(`${repo.path}/dropped/${name}`, old, old)
  await look(repo, INCREMENTAL)
  await expect(stat(`${repo.path}/dropped`)).rejects.toThrow('ENOENT')
  expect(has(repo, lost)).toBe(false)
})

test.each(['plain', 'quoted'])(
  'nothing is dropped that another repository may borrow: %s path',
  async (how) => {
    const { repo, lost } = await pushed(2)
    const borrower = await s.newRepo()
    const path = `${repo.path}/objects`
    await writeFile(`${borrower.path}/objects/info/alternates`, `${how === 'quoted' ? `"${path}"` : path}\n`)
    await look(repo, WHOLE)
    await look(repo, WHOLE, { expiry: 'now' })
    expect(has(borrower, lost)).toBe(true)
  },
)

test('what a run that was killed has locked and left is cleared away; what a living one holds is waited for', async () => {
  const { repo } = await pushed(2)
  const left = [
    'packed-refs.lock',
    'refs/heads/main.lock',
    'objects/pack/multi-pack-index.lock',
    'objects/pack/.tmp-7-pack-7.pack',
  ]
  await mkdir(`${repo.path}/objects/info/commit-graphs`, { recursive: true })
  for (const name of ['objects/maintenance.lock', ...left])
    await writeFile(`${repo.path}/${name}`, name.endsWith('maintenance.lock') ? 'sluice\n' : '')
  const began = Date.now()
  await look(repo, INCREMENTAL, { patienceMs: 300 })
  expect(Date.now() - began).toBeGreaterThanOrEqual(250)
  for (const name of ['objects/maintenance.lock', ...left])
    await expect(stat(`${repo.path}/${name}`)).rejects.toThrow('ENOENT')
})

test('an old lock that a killed push has left at packed-refs keeps no ref from being packed', async () => {
  const { repo } = await pushed(2)
  const lock = `${repo.path}/packed-refs.lock`
  await writeFile(lock, '')
  await utimes(lock, 0, 0)
  await look(repo, INCREMENTAL)
  await expect(stat(lock)).rejects.toThrow('ENOENT')
})

test('locks of others are left alone when no run of ours was killed', async () => {
  const { repo } = await pushed(2)
  await writeFile(`${repo.path}/objects/pack/multi-pack-index.lock`, '')
  await expect(look(repo, INCREMENTAL)).rejects.toMatchObject({
    code: 'GIT_FAILED',
    details: { reason: 'maintenance ended at: repack what is new' },
  })
  await expect(stat(`${repo.path}/objects/pack/multi-pack-index.lock`)).resolves.toBeDefined()
  await rm(`${repo.path}/objects/pack/multi-pack-index.lock`)
  await look(repo, INCREMENTAL)
})

test('a repository that somebody maintains by hand is left to him', async () => {
  const { repo } = await pushed(1)
  await writeFile(`${repo.path}/objects/maintenance.lock`, '')
  await expect(look(repo, INCREMENTAL)).rejects.toMatchObject({ code: 'CONFLICT' })
  expect(looseOf(repo)).toBeGreaterThan(0)
})

test('a run that is told to stop ends soon and leaves a sound repository that the next one finishes', async () => {
  const { repo } = await pushed(4)
  const stop = new AbortController()
  const parts = { git: { launcher: s.launcher, memoryBytes: 1024 ** 3 }, root: s.root }
  const running = maintain(parts, repo, WHOLE, stop.signal)
  stop.abort()
  await expect(running).rejects.toMatchObject({ name: 'AbortError' })
  expect(git(repo.path, ['fsck', '--strict', '--no-dangling']).toString()).toBe('')
  await look(repo, WHOLE)
  expect(looseOf(repo)).toBe(0)
})
