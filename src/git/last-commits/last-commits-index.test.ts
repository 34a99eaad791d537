/** What an index says is held against the walk without one, which is held against stock git elsewhere. */
import { readFile, writeFile } from 'node:fs/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Dice } from '../../../test/support/dice.ts'
import { oddHistory } from '../../../test/support/odd-history.ts'
import { git, testStore, type TestStore } from '../../../test/support/store.ts'
import type { ObjectFormat, Oid } from '../../kernel/ids.ts'
import type { RepoHandle } from '../../kernel/repository.ts'
import { CatFile } from '../objects/cat-file.ts'
import { STORED_OBJECTS_LIMITS, StoredObjects } from '../objects/stored-objects.ts'
import type { PathProbe } from '../commit-graph/changed-paths.ts'
import { CommitGraphs } from '../commit-graph/commit-graphs.ts'
import { buildIndex } from './build-index.ts'
import { directoryKey, isPlain } from './entry-key.ts'
import { indexPath, openIndexFile } from './index-file.ts'
import { LastCommitsIndex } from './last-commits-index.ts'
import { LastCommits } from './last-commits.ts'
import { LastCommitsWalk, type Known } from './last-commits-walk.ts'

const SEED = Number(process.env['LAST_COMMITS_SEED'] ?? 8)
const HISTORIES = Number(process.env['LAST_COMMITS_HISTORIES'] ?? 3)
const COMMITS = 80
const NO_INDEXES = { of: async () => null, want: () => {}, forget: () => {} }
const NEVER = new AbortController().signal

let world: TestStore
let catFile: CatFile
let objects: StoredObjects
beforeAll(async () => {
  world = await testStore()
  catFile = new CatFile(world.launcher)
  objects = new StoredObjects(catFile)
})
afterAll(async () => {
  await catFile[Symbol.asyncDispose]()
  await world[Symbol.asyncDispose]()
})

interface Subject {
  readonly repo: RepoHandle
  /** Newest first. */
  readonly line: readonly Oid[]
  readonly all: readonly Oid[]
}

async function subject(seed: number, format: ObjectFormat = 'sha1'): Promise<Subject> {
  const repo = await world.newRepo(format)
  git(repo.path, ['fast-import', '--quiet', '--done'], inFormat(oddHistory(seed, COMMITS), format))
  const list = (...args: string[]) =>
    git(repo.path, ['rev-list', ...args])
      .toString()
      .trim()
      .split('\n') as Oid[]
  return { repo, line: list('--first-parent', 'main'), all: list('--all') }
}

/** Submodules are named by ids as long as others. */
function inFormat(stream: Buffer, format: ObjectFormat): Buffer {
  const text = stream.toString('latin1')
  const long = (id: string) => id + id.slice(0, 24)
  return Buffer.from(format === 'sha1' ? text : text.replaceAll(/\b[0-9a-f]{40}\b/g, long), 'latin1')
}

const build = (repo: RepoHandle, head: Oid, maxPaths = 1_000) =>
  buildIndex({ launcher: world.launcher, files: catFile, memoryBytes: 1 << 30, maxPaths }, repo, head, NEVER)

async function openIndex(repo: RepoHandle): Promise<LastCommitsIndex> {
  const file = await openIndexFile(repo)
  if (file === null) throw new Error('no index')
  return new LastCommitsIndex(file)
}

async function directoriesAt(repo: RepoHandle, commit: Oid): Promise<string[][]> {
  const found: string[][] = []
  const look = async (tree: Oid, names: string[]) => {
    found.push(names)
    for (const entry of (await objects.tree(repo, tree)) ?? [])
      if (entry.type === 'tree') await look(entry.oid, [...names, entry.name])
  }
  await look((await objects.commit(repo, commit))!.tree, [])
  return found.filter(isPlain)
}

async function walked(repo: RepoHandle, commit: Oid, directory: string[], known: Known) {
  const walk = await LastCommitsWalk.begin({ objects, repo, directory }, commit)
  await walk!.goOn({ deadline: Infinity }, known)
  return walk!
}

/** @returns entries that were compared */
async function compare(index: LastCommitsIndex, { repo }: Subject, commits: readonly Oid[]): Promise<number> {
  const plain = new LastCommits({ objects, indexes: NO_INDEXES })
  let compared = 0
  for (const commit of commits) {
    for (const directory of await directoriesAt(repo, commit)) {
      const { found } = await walked(repo, commit, directory, index.knownIn(directoryKey(directory)))
      const { commits: expected } = await plain.of(repo, commit, directory)
      expect([commit, directory, found]).toEqual([commit, directory, expected])
      compared += found.size
    }
  }
  return compared
}

describe.each(Array.from({ length: HISTORIES }, (_, i) => SEED + i))('a random history, %i', (seed) => {
  test('made for any of its commits, kept up to any other and written again, it says what a walk says', async () => {
    const dice = new Dice(seed)
    const at = await subject(seed, seed % 2 === 0 ? 'sha1' : 'sha256')
    const { repo, line, all } = at
    const [older, newer] = [line[8 + dice.below(line.length - 10)]!, line[dice.below(6)]!]
    expect(await build(repo, older)).toBe(true)
    const sample = () => Array.from({ length: 12 }, () => dice.pick(all))
    {
      await using index = await openIndex(repo)
      expect(index.head).toBe(older)
      expect(await compare(index, at, [older, ...sample()])).toBeGreaterThan(0)
      expect(await index.extendTo(objects, repo, newer)).toBe(true)
      expect(index.head).toBe(newer)
      await compare(index, at, [older, newer, ...line.slice(0, 20), ...sample()])
      await index.write(repo)
    }
    await using again = await openIndex(repo)
    expect(again.head).toBe(newer)
    await compare(again, at, [older, newer, ...line, ...sample()])
  })

  test('of the head it was made for all is known, so that nobody walks', async () => {
    const { repo, line } = await subject(seed)
    const [head] = line as [Oid]
    await build(repo, head)
    await using index = await openIndex(repo)
    for (const directory of await directoriesAt(repo, head)) {
      const { steps } = await walked(repo, head, directory, index.knownIn(directoryKey(directory)))
      expect(steps).toBe(1)
    }
  })
})

test('with the filters of a commit-graph fewer trees are read, and the same is found', async () => {
  const { repo, all } = await subject(SEED)
  git(repo.path, ['commit-graph', 'write', '--changed-paths', '--stdin-commits'], all.slice(20).join('\n'))
  using graphs = new CommitGraphs()
  const reads = { plain: 0, filtered: 0 }
  const counting = (stored: StoredObjects, name: keyof typeof reads) => ({
    lineage: (of: RepoHandle, oid: Oid) => stored.lineage(of, oid),
    mayHaveChanged: (of: RepoHandle, oid: Oid, paths: readonly PathProbe[]) =>
      stored.mayHaveChanged(of, oid, paths),
    tree: (of: RepoHandle, oid: Oid) => (reads[name]++, stored.tree(of, oid)),
  })
  const plain = counting(objects, 'plain')
  const filtered = counting(new StoredObjects(catFile, STORED_OBJECTS_LIMITS, graphs), 'filtered')
  for (const commit of all.slice(0, 30)) {
    for (const directory of await directoriesAt(repo, commit)) {
      const found = [plain, filtered].map(async (from) => {
        const walk = await LastCommitsWalk.begin({ objects: from, repo, directory }, commit)
        await walk!.goOn({ deadline: Infinity }, () => undefined)
        return walk!.found
      })
      const [expected, got] = await Promise.all(found)
      expect([commit, directory, got]).toEqual([commit, directory, expected])
    }
  }
  expect(reads.filtered).toBeLessThan(reads.plain / 2)
})

test('the history of a path is the same from the commit that touched it last', async () => {
  const { repo, line } = await subject(SEED)
  await build(repo, line[0]!)
  await using index = await openIndex(repo)
  const list = (from: string, path: string) =>
    git(repo.path, ['--literal-pathspecs', 'rev-list', from, '--', path]).toString()
  let others = 0
  for (const names of await directoriesAt(repo, line[0]!)) {
    if (names.length === 0) continue
    const known = index.knownIn(directoryKey(names.slice(0, -1)))(line[0]!)
    const last = known?.(directoryKey(names.slice(-1)))
    expect(list(last!, names.join('/'))).toBe(list(line[0]!, names.join('/')))
    if (last !== line[0]) others++
  }
  expect(others).toBeGreaterThan(0)
})

test('a head that does not stand on what is known is not taken in', async () => {
  const { repo, line, all } = await subject(SEED)
  const aside = all.find((oid) => !line.includes(oid))!
  await build(repo, line[5]!)
  await using index = await openIndex(repo)
  expect(await index.extendTo(objects, repo, aside)).toBe(false)
  expect(await index.extendTo(objects, repo, line[9]!)).toBe(false)
  expect(index.head).toBe(line[5])
})

test('of a commit with too many paths no index is made', async () => {
  const { repo, line } = await subject(SEED)
  expect(await build(repo, line[0]!, 3)).toBe(false)
  expect(await openIndexFile(repo)).toBeNull()
})

test('a file that is cut off, or in which a bit has changed, is taken for none', async () => {
  const { repo, line } = await subject(SEED)
  await build(repo, line[0]!)
  const whole = await readFile(indexPath(repo))
  const damaged = [0, 1, whole.length >> 1, whole.length - 1].map((at) => {
    const copy = Buffer.from(whole)
    copy[at]! ^= 4
    return copy
  })
  const cut = [0, 1, 40, whole.length >> 1, whole.length - 1].map((size) => whole.subarray(0, size))
  for (const bytes of [...damaged, ...cut, Buffer.concat([whole, Buffer.alloc(1)])]) {
    await writeFile(indexPath(repo), bytes)
    expect(await openIndexFile(repo)).toBeNull()
  }
  await writeFile(indexPath(repo), whole)
  await using file = await openIndexFile(repo)
  expect(file?.head).toBe(line[0])
})
