import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { mayMount, SmallDisk } from '../../../test/support/small-disk.ts'
import { git, testStore, type TestStore } from '../../../test/support/store.ts'
import type { ObjectFormat, RefName, RepoId } from '../../kernel/ids.ts'
import type { RepoHandle } from '../../kernel/repository.ts'
import { CatFile } from '../objects/cat-file.ts'
import { StoredObjects } from '../objects/stored-objects.ts'
import { RefSnapshots } from '../refs/ref-snapshots.ts'
import { createRepository } from '../storage.ts'
import { BundleCounts } from './bundle-counts.ts'
import { readBundledRefs } from './bundle-header.ts'
import { bundlesOf } from './bundle.ts'
import { Bundles } from './bundles.ts'
import { keepBundle, type BundleWish, type KeepBundleParts } from './keep-bundle.ts'

const DAY_MS = 24 * 3600_000
const MIB = 1024 ** 2
const START = Date.UTC(2026, 0, 1)

let s: TestStore
let catFile: CatFile
let parts: KeepBundleParts
let now = START
beforeAll(async () => {
  s = await testStore()
  catFile = new CatFile(s.launcher)
  const snapshots = new RefSnapshots({ maxBytes: MIB })
  const objects = new StoredObjects(catFile)
  parts = {
    git: { launcher: s.launcher, memoryBytes: 1024 * MIB },
    bundles: new Bundles({ snapshots, objects, launcher: s.launcher, enabled: true }),
    snapshots,
    counts: new BundleCounts(),
    clock: { now: () => now },
    minBytes: 10,
  }
})
afterAll(async () => {
  await catFile[Symbol.asyncDispose]()
  await s[Symbol.asyncDispose]()
})

async function keep(
  repo: RepoHandle,
  wish: BundleWish,
  more: Partial<KeepBundleParts> & { sizeBytes?: number } = {},
): Promise<string[]> {
  const { sizeBytes = 100, ...others } = more
  const signal = new AbortController().signal
  await keepBundle({ ...parts, ...others }, repo, { wish, sizeBytes }, signal)
  return (await bundlesOf(repo)).map(({ name }) => name)
}

async function filled(format: ObjectFormat = 'sha1'): Promise<RepoHandle> {
  const repo = await s.newRepo(format)
  grow(repo, 'one')
  return repo
}

/** One more commit on `main`. */
function grow(repo: RepoHandle, content: string | Buffer): void {
  const blob = git(repo.path, ['hash-object', '-w', '--stdin'], content).toString().trim()
  const tree = git(repo.path, ['mktree'], `100644 blob ${blob}\tfile\n`).toString().trim()
  const parent = existsSync(`${repo.path}/refs/heads/main`) ? ['-p', 'refs/heads/main'] : []
  const tip = git(repo.path, ['commit-tree', tree, ...parent, '-m', 'c'])
    .toString()
    .trim()
  git(repo.path, ['update-ref', 'refs/heads/main', tip])
}

test.each(['sha1', 'sha256'] as const)('a bundle says what is in it, and is whole (%s)', async (format) => {
  const repo = await filled(format)
  const [name] = await keep(repo, 'make')
  const path = `${repo.path}/bundles/${name}`
  const tip = git(repo.path, ['rev-parse', 'main']).toString().trim()
  expect(await readBundledRefs(path)).toEqual([{ name: 'refs/heads/main', oid: tip }])
  expect(git(repo.path, ['bundle', 'verify', '-q', path]).toString()).toBe('')
  const whole = await readFile(path)
  for (const cut of [0, 1, 15, 60, whole.indexOf('\n\n') + 1]) {
    await writeFile(path, whole.subarray(0, cut))
    expect(await readBundledRefs(path)).toBeNull()
  }
})

test('a bundle that needs other objects, or has words that we do not know, is none of ours', async () => {
  const repo = await filled()
  const [name] = await keep(repo, 'make')
  const path = `${repo.path}/bundles/${name}`
  const text = (await readFile(path)).toString('latin1')
  const foreign = [
    text.replace('bundle\n', `bundle\n-${'1'.repeat(40)} base\n`),
    text.replace('# v2', '# v3').replace('bundle\n', 'bundle\n@filter=blob:none\n'),
    text.replace('# v2', '# v4'),
    text.replace('refs/heads/main', 'refs/heads/../main'),
  ]
  for (const content of foreign) {
    await writeFile(path, content, 'latin1')
    expect(await readBundledRefs(path)).toBeNull()
  }
})

test('a bundle is made anew a week later if it is out of date, and the one before stays for one more time', async () => {
  now = START
  const repo = await filled()
  const [first = ''] = await keep(repo, 'make')
  expect(first).toBe(`${START}.bundle`)
  grow(repo, 'two')
  now += 6 * DAY_MS
  expect(await keep(repo, 'make')).toEqual([first])
  now += 2 * DAY_MS
  expect(await keep(repo, 'keep')).toEqual([first])
  const [second = '', ...others] = await keep(repo, 'make')
  expect([second, others]).toEqual([`${now}.bundle`, [first]])
  expect(await keep(repo, 'make')).toEqual([second])
  now += 30 * DAY_MS
  expect(await keep(repo, 'make')).toEqual([second]) // nothing has changed
  expect(await keep(repo, 'none')).toEqual([])
})

test('its number grows although the clock of the server goes back', async () => {
  now = START
  const repo = await filled()
  await keep(repo, 'make')
  grow(repo, 'two')
  now = START - 30 * DAY_MS
  expect(await keep(repo, 'make')).toEqual([`${START}.bundle`])
  now = START
})

test('none is made of a small repository, of an empty one, where it is switched off, or without room', async () => {
  const repo = await filled()
  expect(await keep(repo, 'make', { sizeBytes: 9 })).toEqual([])
  expect(await keep(repo, 'make', { minBytes: null })).toEqual([])
  expect(await keep(repo, 'make', { freeBytes: () => Promise.resolve(199) })).toEqual([])
  expect(await keep(await s.newRepo(), 'make')).toEqual([])
  expect(await keep(repo, 'make', { freeBytes: () => Promise.resolve(200) })).toHaveLength(1)
})

test.skipIf(!mayMount())(
  'a disk that fills while a bundle is made ends this step, and leaves nothing of it',
  async () => {
    using disk = new SmallDisk(4)
    const id = '00000000-0000-4000-8000-00000000d15c' as RepoId
    const repo: RepoHandle = { id, path: `${disk.path}/r.git`, objectFormat: 'sha1' }
    await createRepository({ ...repo, head: 'refs/heads/main' as RefName })
    grow(repo, randomBytes(MIB))
    await writeFile(`${disk.path}/filler`, Buffer.alloc((await disk.freeBytes()) - MIB / 2))
    const full = keep(repo, 'make', { freeBytes: () => Promise.resolve(Infinity) })
    await expect(full).rejects.toMatchObject({
      code: 'GIT_FAILED',
      details: { reason: 'maintenance ended at: make a bundle' },
    })
    expect(await readdir(`${repo.path}/bundles`)).toEqual([])
    expect(git(repo.path, ['fsck', '--strict', '--no-dangling']).toString()).toBe('')
    await rm(`${disk.path}/filler`)
    expect(await keep(repo, 'make', { freeBytes: () => Promise.resolve(Infinity) })).toHaveLength(1)
  },
)

test('a run that is told to stop leaves no half of a bundle', async () => {
  const repo = await filled()
  const stop = new AbortController()
  const making = keepBundle(parts, repo, { wish: 'make', sizeBytes: 100 }, stop.signal)
  stop.abort(new Error('the server stops'))
  await expect(making).rejects.toThrow('the server stops')
  expect(await readdir(`${repo.path}/bundles`).catch(() => [])).toEqual([])
})
