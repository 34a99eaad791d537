import { afterAll, beforeAll, expect, test } from 'vitest'
import { testStore, type TestStore } from '../../../test/support/store.ts'
import type { Quarantine } from '../../kernel/ports.ts'
import type { RepoHandle } from '../../kernel/repository.ts'
import { StoredObjects } from '../objects/stored-objects.ts'
import { writeCommit } from '../writing/commit-text.ts'
import { writeTree } from '../writing/tree-entries.ts'
import { hashObject } from './hashed-object.ts'

const NOTHING_IS_READ = { info: () => Promise.resolve(null), read: () => Promise.resolve(null) }
const BY = { name: 'Ada', email: 'ada@example.org', seconds: 1_800_000_000, zone: '+0000' }

let world: TestStore
let objects: StoredObjects
let repo: RepoHandle
beforeAll(async () => {
  objects = new StoredObjects(NOTHING_IS_READ)
  world = await testStore({ objects })
  repo = await world.newRepo()
})
afterAll(() => world[Symbol.asyncDispose]())

async function storeCommit(quarantine: Quarantine, message: string) {
  const blob = hashObject({ type: 'blob', content: Buffer.from(message) }, 'sha1')
  const entries = new Map([['f', { mode: '100644' as const, oid: blob.oid }]])
  const tree = hashObject({ type: 'tree', content: writeTree(entries) }, 'sha1')
  const content = writeCommit({ tree: tree.oid, parents: [], author: BY, committer: BY, message })
  const commit = hashObject({ type: 'commit', content }, 'sha1')
  await quarantine.store([blob, tree, commit])
  return { blob: blob.oid, tree: tree.oid, commit: commit.oid }
}

test('commits and trees that the server has made are known once they are in the repository, and not before', async () => {
  await using quarantine = world.store.openQuarantine(repo)
  const { commit, tree, blob } = await storeCommit(quarantine, 'landed')
  await quarantine.sync()
  expect([await objects.commit(repo, commit), await objects.tree(repo, tree)]).toEqual([null, null])
  await quarantine.migrate()
  expect(await objects.commit(repo, commit)).toMatchObject({ tree, message: 'landed' })
  expect(await objects.tree(repo, tree)).toMatchObject([{ name: 'f', oid: blob }])
})

test('what was made for a push that is refused is never known', async () => {
  const quarantine = world.store.openQuarantine(repo)
  const { commit } = await storeCommit(quarantine, 'refused')
  await quarantine.sync()
  await quarantine[Symbol.asyncDispose]()
  expect(await objects.commit(repo, commit)).toBeNull()
})

test('of what was dropped from a quarantine before it came in nothing is known', async () => {
  await using quarantine = world.store.openQuarantine(repo)
  const [kept, dropped] = [await storeCommit(quarantine, 'kept'), await storeCommit(quarantine, 'dropped')]
  await quarantine.keepOnly([kept.commit], [])
  await quarantine.migrate()
  expect(await objects.commit(repo, dropped.commit)).toBeNull()
})
