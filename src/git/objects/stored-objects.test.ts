import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { git, testStore, type Client, type TestStore } from '../../../test/support/store.ts'
import type { Oid } from '../../kernel/ids.ts'
import type { RepoHandle } from '../../kernel/repository.ts'
import { CatFile } from './cat-file.ts'
import { StoredObjects } from './stored-objects.ts'

let world: TestStore
let client: Client
let repo: RepoHandle
let catFile: CatFile
/** What git was really asked for. */
let asked: string[]
let objects: StoredObjects
const counting = () => ({
  info: (of: RepoHandle, object: string) => {
    asked.push(object)
    return catFile.info(of, object)
  },
  read: (of: RepoHandle, object: string, opts: { maxBytes: number }) => {
    asked.push(object)
    return catFile.read(of, object, opts)
  },
})
beforeAll(async () => {
  world = await testStore()
  client = await world.newClient()
  repo = { id: 'x' as RepoHandle['id'], path: `${client.path}/.git`, objectFormat: 'sha1' }
  catFile = new CatFile(world.launcher)
})
afterAll(async () => {
  await catFile[Symbol.asyncDispose]()
  await world[Symbol.asyncDispose]()
})
beforeEach(() => {
  asked = []
  objects = new StoredObjects(counting())
})

const blobOf = (content: string | Buffer) => client.git(['hash-object', '-w', '--stdin'], content) as Oid

test('an object is asked for once, however many want it and however often', async () => {
  const oid = client.commit('one')
  const all = await Promise.all(Array.from({ length: 20 }, () => objects.commit(repo, oid)))
  expect(new Set(all).size).toBe(1)
  expect(await objects.commit(repo, oid)).toBe(all[0])
  expect(asked).toEqual([`${oid}^{commit}`])
})

test('what was made here is known without being read, as it would have been read', async () => {
  const commit = client.commit('learned')
  const tree = client.git(['rev-parse', `${commit}^{tree}`]) as Oid
  const contentOf = (type: string, oid: Oid) => git(client.path, ['cat-file', type, oid])
  const learned = new StoredObjects(counting())
  learned.learn(repo, { oid: commit, type: 'commit', content: contentOf('commit', commit) })
  learned.learn(repo, { oid: tree, type: 'tree', content: contentOf('tree', tree) })
  const known = [await learned.commit(repo, commit), await learned.tree(repo, tree)]
  expect(asked).toEqual([])
  expect(known).toEqual([await objects.commit(repo, commit), await objects.tree(repo, tree)])
  const other = { ...repo, id: 'other' as RepoHandle['id'], path: `${(await world.newClient()).path}/.git` }
  expect(await learned.commit(other, commit)).toBeNull()
})

test('many different ones at once each have their own answer', async () => {
  const texts = Array.from({ length: 50 }, (_, i) => `text ${i}`)
  const oids = texts.map((text) => blobOf(text))
  const read = await Promise.all(oids.map((oid) => objects.blob(repo, oid, { maxBytes: 100 })))
  expect(read.map(String)).toEqual(texts)
})

test('an object of another type is none, and is not read', async () => {
  const commit = client.commit('typed', { content: 'typed' })
  const tree = client.git(['rev-parse', `${commit}^{tree}`]) as Oid
  const blob = blobOf('typed')
  const tag = client.git(
    ['mktag'],
    `object ${commit}\ntype commit\ntag t\ntagger T <t@x> 1 +0000\n\nm\n`,
  ) as Oid
  const none = await Promise.all([
    ...[tree, blob, tag].map((oid) => objects.commit(repo, oid)),
    ...[commit, blob, tag].map((oid) => objects.tree(repo, oid)),
    ...[commit, tree, blob].map((oid) => objects.tag(repo, oid)),
    ...[commit, tree, tag].map((oid) => objects.blob(repo, oid, { maxBytes: 1 << 20 })),
    objects.commit(repo, 'f'.repeat(40) as Oid),
  ])
  expect(none).toEqual(none.map(() => null))
  expect(await objects.tag(repo, tag)).toMatchObject({ target: commit, name: 't' })
})

test('what was missing is found once it is there', async () => {
  const text = `later ${Date.now()}`
  const oid = client.git(['hash-object', '--stdin'], text) as Oid
  expect(await objects.info(repo, oid)).toBeNull()
  blobOf(text)
  expect(await objects.info(repo, oid)).toEqual({ oid, type: 'blob', size: text.length })
})

test('a large object is read again each time, and the least used makes room', async () => {
  const small = new StoredObjects(counting(), { maxBytes: 4_000, maxObjectBytes: 1_000 })
  const large = blobOf('x'.repeat(1_001))
  const read = () => small.blob(repo, large, { maxBytes: 2_000 })
  expect([(await read())?.length, (await read())?.length]).toEqual([1_001, 1_001])
  expect(asked.filter((object) => object === large)).toHaveLength(3) // its size, and twice the whole
  const oids = Array.from({ length: 12 }, (_, i) => client.commit(`room ${i}`))
  for (const oid of [...oids, oids[0] as Oid]) await small.commit(repo, oid)
  expect(asked.filter((object) => object.startsWith(oids[0] as Oid))).toHaveLength(2)
})

test('a blob larger than allowed is an error that says how large, and is not read', async () => {
  const oid = blobOf('x'.repeat(500))
  await expect(objects.blob(repo, oid, { maxBytes: 499 })).rejects.toMatchObject({
    code: 'PAYLOAD_TOO_LARGE',
    details: { size: 500, maxBytes: 499 },
  })
  expect(asked).toEqual([oid])
  expect((await objects.blob(repo, oid, { maxBytes: 500 }))?.length).toBe(500)
})

test('a failure is not remembered', async () => {
  const oid = client.commit('fails')
  let fails = true
  const files = counting()
  const flaky = new StoredObjects({
    ...files,
    read: (...args) => (fails ? Promise.reject(new Error('gone')) : files.read(...args)),
  })
  await expect(flaky.commit(repo, oid)).rejects.toThrow('gone')
  fails = false
  expect(await flaky.commit(repo, oid)).toMatchObject({ oid })
})

test('one repository does not know what another has, nor itself what was forgotten', async () => {
  const oid = client.commit('mine')
  await objects.commit(repo, oid)
  const empty = await world.newClient()
  const other: RepoHandle = { ...repo, id: 'y' as RepoHandle['id'], path: `${empty.path}/.git` }
  expect(await objects.commit(other, oid)).toBeNull()
  asked = []
  objects.forget(repo.id)
  await objects.commit(repo, oid)
  expect(asked).toHaveLength(1)
})
