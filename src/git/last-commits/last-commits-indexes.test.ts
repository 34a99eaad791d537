/** How indexes come to be, are kept up and go; what they say is in last-commits-index.test.ts. */
import { mkdir, readdir, rm } from 'node:fs/promises'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { testStore, type Client, type TestStore } from '../../../test/support/store.ts'
import type { Oid } from '../../kernel/ids.ts'
import type { RepoHandle } from '../../kernel/repository.ts'
import { CatFile } from '../objects/cat-file.ts'
import { StoredObjects } from '../objects/stored-objects.ts'
import { indexPath } from './index-file.ts'
import { LastCommitsIndexes } from './last-commits-indexes.ts'

let world: TestStore
let catFile: CatFile
let client: Client
let repo: RepoHandle
let tip: Oid
let failures: unknown[]
let indexes: LastCommitsIndexes
beforeAll(async () => {
  world = await testStore()
  catFile = new CatFile(world.launcher)
})
afterAll(async () => {
  await catFile[Symbol.asyncDispose]()
  await world[Symbol.asyncDispose]()
})
beforeEach(async () => {
  client = await world.newClient()
  repo = { id: client.path as RepoHandle['id'], path: `${client.path}/.git`, objectFormat: 'sha1' }
  tip = client.commit('first')
  failures = []
  indexes = openIndexes()
})
afterEach(() => indexes[Symbol.asyncDispose]())

function openIndexes(): LastCommitsIndexes {
  return new LastCommitsIndexes({
    launcher: world.launcher,
    files: catFile,
    objects: new StoredObjects(catFile),
    memoryBytes: 1 << 30,
    maxPaths: 1_000,
    tipOf: async () => tip,
    onFailed: (_, err) => failures.push(err),
  })
}

const commit = (message: string) => (tip = client.commit(message, { parents: [tip] }))

/** @returns the last one */
function addCommits(count: number): Oid {
  const one = (i: number) =>
    `commit refs/heads/many\nmark :${i}\ncommitter A <a@b> ${2_000_000_000 + i} +0000\ndata 0\nfrom ${i === 1 ? tip : `:${i - 1}`}\nM 100644 inline file.txt\ndata ${String(i).length}\n${i}\n`
  client.git(['fast-import', '--quiet'], Array.from({ length: count }, (_, i) => one(i + 1)).join(''))
  return client.git(['rev-parse', 'refs/heads/many']) as Oid
}

/** Who asks waits a moment each time, for as long as what has begun goes on. */
async function headWhen(isThere: (head: Oid | undefined) => boolean): Promise<Oid | undefined> {
  const head = async () => (await indexes.of(repo))?.head
  let now = await head()
  for (let looks = 0; !isThere(now) && looks < 100; looks++) now = await head()
  return now
}

const knownAt = async (oid: Oid) => (await indexes.of(repo))?.knownIn('')(oid)?.('file.txt')

test('where nobody has wanted one there is none, and what is wanted is there when it is made', async () => {
  expect(await indexes.of(repo)).toBeNull()
  indexes.want(repo)
  await indexes.idle()
  expect(await knownAt(tip)).toBe(tip)
  expect(indexes.counts).toMatchObject({ builds: 1, commits: 0 })
})

test('who asks finds the commits that came since, and so does the next server', async () => {
  indexes.want(repo)
  await indexes.idle()
  const first = tip
  const second = commit('second')
  expect(await knownAt(second)).toBe(second)
  expect(await knownAt(first)).toBe(first)
  await indexes[Symbol.asyncDispose]()
  indexes = openIndexes()
  expect(await knownAt(second)).toBe(second)
  expect(indexes.counts).toMatchObject({ builds: 0, commits: 1 })
})

test('a push is taken in before anybody asks, but only where somebody has asked', async () => {
  indexes.want(repo)
  await indexes.idle()
  commit('second')
  indexes.moved(repo.id)
  await new Promise(setImmediate)
  expect(indexes.counts.commits).toBe(0)
  await indexes.of(repo)
  const third = commit('third')
  indexes.moved(repo.id)
  await new Promise(setImmediate)
  tip = client.commit('elsewhere') // whoever asks now gets what was taken in
  expect(await headWhen((head) => head === third)).toBe(third)
})

test('the whole history is not read again a moment later, nor where its head is known', async () => {
  for (let i = 0; i < 3; i++) {
    indexes.want(repo)
    await indexes.idle()
  }
  expect(indexes.counts.builds).toBe(1)
  await indexes[Symbol.asyncDispose]()
  indexes = openIndexes()
  indexes.want(repo)
  await indexes.idle()
  expect(indexes.counts.builds).toBe(0)
})

test('a head that stands on nothing known makes a new one, when it is wanted', async () => {
  indexes.want(repo)
  await indexes.idle()
  tip = client.commit('elsewhere')
  expect(await knownAt(tip)).toBeUndefined()
  await indexes[Symbol.asyncDispose]()
  indexes = openIndexes()
  indexes.want(repo)
  await indexes.idle()
  expect(await knownAt(tip)).toBe(tip)
})

test('many commits are written down, so that the next server need not read them', async () => {
  indexes.want(repo)
  await indexes.idle()
  tip = addCommits(501)
  await headWhen((head) => head === tip)
  await indexes[Symbol.asyncDispose]()
  indexes = openIndexes()
  expect(await knownAt(tip)).toBe(tip)
  expect(indexes.counts.commits).toBe(0)
})

test('where it cannot be written nothing is left behind, and whoever asks is told nothing wrong', async () => {
  await mkdir(`${indexPath(repo)}/in the way`, { recursive: true })
  indexes.want(repo)
  await indexes.idle()
  expect(failures).toHaveLength(1)
  expect(await indexes.of(repo)).toBeNull()
  expect(await readdir(`${repo.path}/objects/info`)).toEqual(['last-commits'])
  await rm(indexPath(repo), { recursive: true })
})

test('of a repository that is gone nothing stays open', async () => {
  indexes.want(repo)
  await indexes.idle()
  const index = await indexes.of(repo)
  indexes.forget(repo.id)
  await rm(indexPath(repo))
  expect(await indexes.of(repo)).toBeNull()
  expect(index?.knownIn('')(tip)).toBeUndefined() // closed: it says nothing any more
})

test('a server that stops ends what it reads', async () => {
  indexes.want(repo)
  await indexes[Symbol.asyncDispose]()
  indexes.want(repo)
  await indexes.idle()
  expect(failures).toEqual([])
  expect(indexes.counts.builds).toBe(0)
})
