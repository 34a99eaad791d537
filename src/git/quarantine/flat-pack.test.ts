import { existsSync } from 'node:fs'
import { copyFile, readdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { Readable } from 'node:stream'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { git, testStore, type TestStore } from '../../../test/support/store.ts'
import type { RefName } from '../../kernel/ids.ts'
import { SmallPushes } from '../small-push/small-pushes.ts'
import { FlatPack, flatFiles, nameInRepository } from './flat-pack.ts'
import { incomingDirectory } from './incoming.ts'
import { SharedSync } from './shared-sync.ts'

let world: TestStore
beforeAll(async () => {
  world = await testStore({ smallPushes: new SmallPushes() })
})
afterAll(() => world[Symbol.asyncDispose]())

/** A small push as far as its objects are on disk. */
async function synced() {
  const [repo, client] = [await world.newRepo(), await world.newClient()]
  const tip = client.commit('tip')
  const quarantine = world.store.openQuarantine(repo)
  await quarantine.receive(Readable.from([client.pack([tip])]), {})
  await quarantine.sync()
  const path = `${incomingDirectory(world.root)}/${quarantine.name}`
  return { repo, client, tip, quarantine, path }
}

test.each([
  ['before anything was moved', 0],
  ['when the pack was moved and its index was not', 1],
  ['when both were moved', 2],
])('a small push that a crash cut off %s is finished by its name', async (_when, moved) => {
  const { repo, client, tip, quarantine, path } = await synced()
  for (const file of (await flatFiles(path)).slice(0, moved)) {
    await copyFile(file, join(repo.path, 'objects/pack', nameInRepository(file)))
  }
  await using resumed = world.store.resumeQuarantine(repo, quarantine.name ?? '')
  await resumed.migrate()
  await resumed.migrate()
  const ref = 'refs/heads/main' as RefName
  await using refs = resumed.beginRefTransaction([client.create(ref, tip)])
  expect(await refs.prepare()).toEqual([])
  await refs.commit()
  await world.store.syncRefs(repo, [ref])
  expect(await flatFiles(path)).toEqual([])
  expect(git(repo.path, ['fsck', '--strict', '--full']).toString()).toBe('')
  expect(git(repo.path, ['rev-parse', 'main']).toString().trim()).toBe(tip)
})

test('one that is given up leaves nothing, whether or not it was on disk', async () => {
  const { quarantine, path } = await synced()
  await quarantine[Symbol.asyncDispose]()
  expect(await flatFiles(path)).toEqual([])
})

test('gits see it in a copy, and what they add goes with it', async () => {
  const { repo, tip, quarantine, path } = await synced()
  expect((await quarantine.git(['cat-file', '-t', tip])).trim()).toBe('commit')
  const added = (await quarantine.git(['hash-object', '-w', '--stdin'], { input: 'more' })).trim()
  await quarantine.sync()
  await quarantine.migrate()
  await quarantine[Symbol.asyncDispose]()
  expect(git(repo.path, ['cat-file', '-t', tip]).toString().trim()).toBe('commit')
  expect(git(repo.path, ['cat-file', 'blob', added]).toString()).toBe('more')
  const left = await readdir(dirname(path))
  expect(left.filter((name) => /^\d/.test(name))).toEqual([])
})

test('what is dropped because a part of the push was refused stays dropped, also after a crash', async () => {
  const { repo, client, tip, quarantine } = await synced()
  const kept = client.commit('kept')
  await using both = world.store.openQuarantine(repo)
  await both.receive(Readable.from([client.pack([tip, kept])]), {})
  await both.sync()
  await both.keepOnly([kept], [])
  await both.sync()
  await using resumed = world.store.resumeQuarantine(repo, both.name ?? '')
  await resumed.migrate()
  expect(git(repo.path, ['cat-file', '-t', kept]).toString().trim()).toBe('commit')
  expect(() => git(repo.path, ['cat-file', '-t', tip])).toThrow()
  await quarantine[Symbol.asyncDispose]()
})

test('what the server makes is written when it is synced, and a git that asks meanwhile sees it', async () => {
  const repo = await world.newRepo()
  await using quarantine = world.store.openQuarantine(repo)
  const [oid] = await quarantine.store([{ type: 'blob', content: Buffer.from('made') }])
  const path = `${incomingDirectory(world.root)}/${quarantine.name}`
  expect([existsSync(path), await flatFiles(path)]).toEqual([false, []])
  const syncing = quarantine.sync()
  expect(await quarantine.git(['cat-file', 'blob', oid as string])).toBe('made')
  await syncing
  await quarantine.migrate()
  expect(git(repo.path, ['cat-file', 'blob', oid as string]).toString()).toBe('made')
})

test('more than a mebibyte of it does not stay in memory', async () => {
  await using quarantine = world.store.openQuarantine(await world.newRepo())
  await quarantine.store([{ type: 'blob', content: Buffer.alloc(1024 * 1024 + 1) }])
  expect(existsSync(`${incomingDirectory(world.root)}/${quarantine.name}`)).toBe(true)
})

test('a directory for packs that had to be made is told, so that its name is synced, too', async () => {
  const { repo, quarantine } = await synced()
  const pack = new FlatPack(`${incomingDirectory(world.root)}/${quarantine.name}x`, {
    name: 'ab',
    pack: Buffer.from('pack'),
    index: Buffer.from('index'),
  })
  const objects = `${repo.path}/empty`
  await pack.sync(new SharedSync(incomingDirectory(world.root)))
  expect(pack.moveTo(objects)).toEqual([objects, `${objects}/pack`])
  expect((await readdir(`${objects}/pack`)).sort()).toEqual(['pack-ab.idx', 'pack-ab.pack'])
  await quarantine[Symbol.asyncDispose]()
})
