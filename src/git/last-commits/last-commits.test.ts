/** What is found is held against stock git in reads-differential-trees; here is how far is walked for it. */
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { testStore, type Client, type TestStore } from '../../../test/support/store.ts'
import type { Oid } from '../../kernel/ids.ts'
import type { RepoHandle } from '../../kernel/repository.ts'
import { CatFile } from '../objects/cat-file.ts'
import { LastCommits, LAST_COMMITS_LIMITS } from './last-commits.ts'
import { StoredObjects } from '../objects/stored-objects.ts'

const LENGTH = 30
const NO_INDEXES = { of: async () => null, want: () => {}, forget: () => {} }

let world: TestStore
let client: Client
let repo: RepoHandle
let catFile: CatFile
let stored: StoredObjects
/** Each changes `new`, on top of the one before; the first one also made `old`. */
let commits: Oid[]
/** Commits that were looked at. */
let visited: Set<Oid>
const objects = {
  commit: (of: RepoHandle, oid: Oid) => stored.commit(of, oid),
  tree: (of: RepoHandle, oid: Oid) => stored.tree(of, oid),
  lineage: async (of: RepoHandle, oid: Oid) => {
    visited.add(oid)
    return stored.lineage(of, oid)
  },
  mayHaveChanged: () => true,
}
beforeAll(async () => {
  world = await testStore()
  client = await world.newClient()
  repo = { id: 'x' as RepoHandle['id'], path: `${client.path}/.git`, objectFormat: 'sha1' }
  catFile = new CatFile(world.launcher)
  stored = new StoredObjects(catFile)
  commits = []
  const old = client.git(['hash-object', '-w', '--stdin'], 'old')
  for (let i = 0; i < LENGTH; i++) {
    const blob = client.git(['hash-object', '-w', '--stdin'], `${i}`)
    const tree = client.git(['mktree'], `100644 blob ${blob}\tnew\n100644 blob ${old}\told\n`)
    const parent = commits.at(-1)
    const parents = parent === undefined ? [] : ['-p', parent]
    commits.push(client.git(['commit-tree', tree, ...parents, '-m', `${i}`]) as Oid)
  }
})
afterAll(async () => {
  await catFile[Symbol.asyncDispose]()
  await world[Symbol.asyncDispose]()
})
beforeEach(() => {
  visited = new Set()
})

const at = (index: number) => commits.at(index) as Oid
const foundAt = (index: number) =>
  new Map([
    ['new', at(index)],
    ['old', at(0)],
  ])

test('a later walk ends where an earlier one began', async () => {
  const last = new LastCommits({ objects, indexes: NO_INDEXES })
  expect((await last.of(repo, at(-3), [])).commits).toEqual(foundAt(-3))
  expect(visited.size).toBe(LENGTH - 2)
  visited.clear()
  expect((await last.of(repo, at(-1), [])).commits).toEqual(foundAt(-1))
  expect([...visited].sort()).toEqual([at(-1), at(-2), at(-3)].sort())
  visited.clear()
  expect((await last.of(repo, at(-1), [])).commits).toEqual(foundAt(-1))
  expect(visited.size).toBe(0)
})

test('what was not found in time is said to be missing, and the next call goes on from there', async () => {
  const last = new LastCommits({
    objects,
    indexes: NO_INDEXES,
    limits: { ...LAST_COMMITS_LIMITS, budgetMs: 0 },
  })
  expect(await last.of(repo, at(-1), [])).toEqual({ commits: new Map(), isWhole: false })
  const patient = new LastCommits({
    objects: { ...objects, lineage: async (of, oid) => (await pause(), objects.lineage(of, oid)) },
    indexes: NO_INDEXES,
    limits: { ...LAST_COMMITS_LIMITS, budgetMs: 20 },
  })
  let calls = 1
  for (; !(await patient.of(repo, at(-1), [])).isWhole; calls++) expect(calls).toBeLessThan(LENGTH)
  expect(calls).toBeGreaterThan(1)
  expect((await patient.of(repo, at(-1), [])).commits).toEqual(foundAt(-1))
})

test('callers at once share one walk', async () => {
  let reads = 0
  const counting = { ...objects, lineage: (of: RepoHandle, oid: Oid) => (reads++, objects.lineage(of, oid)) }
  const last = new LastCommits({ objects: counting, indexes: NO_INDEXES })
  const answers = await Promise.all(Array.from({ length: 5 }, () => last.of(repo, at(-1), [])))
  for (const { commits: found } of answers) expect(found).toEqual(foundAt(-1))
  expect(reads).toBe(LENGTH - 1 + answers.length) // each of them looks at the start itself
})

test('a read that fails fails the call, and the next one goes on', async () => {
  let reads = 0
  const flaky = {
    ...objects,
    lineage: (of: RepoHandle, oid: Oid) =>
      ++reads === 5 ? Promise.reject(new Error('gone')) : objects.lineage(of, oid),
  }
  const last = new LastCommits({ objects: flaky, indexes: NO_INDEXES })
  await expect(last.of(repo, at(-1), [])).rejects.toThrow('gone')
  expect((await last.of(repo, at(-1), [])).commits).toEqual(foundAt(-1))
})

test('where the history was cut off, its first commit made everything', async () => {
  const cut = {
    ...objects,
    lineage: async (of: RepoHandle, oid: Oid) => (oid === at(-3) ? null : objects.lineage(of, oid)),
  }
  const last = new LastCommits({ objects: cut, indexes: NO_INDEXES })
  expect((await last.of(repo, at(-1), [])).commits).toEqual(
    new Map([
      ['new', at(-1)],
      ['old', at(-2)],
    ]),
  )
})

test('a directory that is not there has no entries', async () => {
  const last = new LastCommits({ objects, indexes: NO_INDEXES })
  expect(await last.of(repo, at(-1), ['none'])).toEqual({ commits: new Map(), isWhole: true })
})

/** One turn of the clock's smallest step, as a slow disk would take. */
function pause(): Promise<void> {
  const end = performance.now() + 2
  return new Promise((resolve) => {
    const look = () => (performance.now() >= end ? resolve() : setImmediate(look))
    look()
  })
}
