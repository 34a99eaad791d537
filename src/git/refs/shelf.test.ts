import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { git, testStore, type TestStore } from '../../../test/support/store.ts'
import { incomingDirectory } from '../quarantine/incoming.ts'
import { hashObject } from '../quarantine/hashed-object.ts'
import { SmallPushes } from '../small-push/small-pushes.ts'
import { fitsOnShelf, Shelf } from './shelf.ts'

let world: TestStore
beforeAll(async () => {
  world = await testStore({ smallPushes: new SmallPushes() })
})
afterAll(() => world[Symbol.asyncDispose]())

function blob(content: string) {
  return hashObject({ type: 'blob', content: Buffer.from(content) }, 'sha1')
}

/** Names, without those of files that wait for their next use. */
async function filesIn(directory: string): Promise<string[]> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true })
  const names = entries.filter((entry) => entry.isFile()).map(({ name }) => name)
  return names.filter((name) => !name.startsWith('spare-'))
}

test('what update-ref is shown is gone before anything is decided, and never gets into the repository', async () => {
  const [repo, client] = [await world.newRepo(), await world.newClient()]
  const tip = client.commit('tip')
  await using quarantine = world.store.openQuarantine(repo)
  await quarantine.receive(Readable.from([client.pack([tip])]), {})
  expect(await filesIn(incomingDirectory(world.root))).toEqual([])
  await quarantine.sync()
  const pack = [expect.stringMatching(/\.pack-\w+\.idx$/), expect.stringMatching(/\.pack-\w+\.pack$/)]
  const updates = ['refs/heads/main', 'refs/heads/same'].map((ref) => client.create(ref, tip))
  await using refs = quarantine.beginRefTransaction(updates)
  expect(await refs.prepare()).toEqual([])
  expect((await filesIn(incomingDirectory(world.root))).sort()).toEqual(pack)
  await quarantine.migrate()
  await refs.commit()
  expect(await filesIn(incomingDirectory(world.root))).toEqual([])
  expect(git(repo.path, ['rev-parse', 'main', 'same']).toString()).toBe(`${tip}\n${tip}\n`)
  expect(git(repo.path, ['count-objects', '-v']).toString()).toMatch(/^count: 0$/m)
})

test('more new values than are shown are looked for in a copy of their pack', async () => {
  const [repo, client] = [await world.newRepo(), await world.newClient()]
  const tips = Array.from({ length: 20 }, (_, i) => client.commit(`tip ${i}`))
  await using quarantine = world.store.openQuarantine(repo)
  await quarantine.receive(Readable.from([client.pack(tips)]), {})
  await quarantine.sync()
  await using refs = quarantine.beginRefTransaction(
    tips.map((tip, i) => client.create(`refs/heads/b${i}`, tip)),
  )
  expect(await refs.prepare()).toEqual([])
  await quarantine.migrate()
  await refs.commit()
  expect(git(repo.path, ['fsck', '--strict', '--full']).toString()).toBe('')
  expect(
    git(repo.path, ['for-each-ref', '--format=%(objectname)']).toString().trim().split('\n').sort(),
  ).toEqual(tips.sort())
})

test('what two look for at once stands until neither does', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'shelf-'))
  const shelf = new Shelf(directory)
  const object = blob('twice')
  const first = shelf.show([object, object])
  const second = shelf.show([object])
  first[Symbol.dispose]()
  expect(await filesIn(directory)).toEqual([object.oid.slice(2)])
  expect(git('.', ['hash-object', '-t', 'blob', '--stdin'], 'twice').toString().trim()).toBe(object.oid)
  second[Symbol.dispose]()
  expect(await filesIn(directory)).toEqual([])
  await rm(directory, { recursive: true })
})

test('files are used again, also for shorter objects, and git reads them', async () => {
  const repo = await world.newRepo()
  const directory = await mkdtemp(join(tmpdir(), 'shelf-'))
  await writeFile(join(repo.path, 'objects/info/alternates'), `${directory}\n`)
  const shelf = new Shelf(directory)
  for (const content of ['long '.repeat(500), 'short', 'a bit longer']) {
    const object = blob(content)
    using _shown = shelf.show([object])
    expect(await filesIn(directory)).toEqual([object.oid.slice(2)])
    expect(git(repo.path, ['cat-file', 'blob', object.oid]).toString()).toBe(content)
  }
  const again = [shelf.show([blob('x')]), shelf.show([blob('y')])]
  for (const each of again) each[Symbol.dispose]()
  const entries = await readdir(directory, { recursive: true, withFileTypes: true })
  expect(entries.filter((entry) => entry.isFile())).toHaveLength(2)
  await rm(directory, { recursive: true })
})

test('when one cannot be shown, none is', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'shelf-'))
  const shelf = new Shelf(directory)
  const broken = {
    ...blob('b'),
    get content(): Buffer {
      throw new Error('gone')
    },
  }
  expect(() => shelf.show([blob('a'), broken])).toThrow('gone')
  expect(await filesIn(directory)).toEqual([])
  await rm(directory, { recursive: true })
})

test('many, and large ones, are not for the shelf', () => {
  const nine = Array.from({ length: 9 }, (_, i) => blob(String(i)))
  expect(fitsOnShelf(nine.slice(1))).toBe(true)
  expect(fitsOnShelf(nine)).toBe(false)
  expect(fitsOnShelf([blob('x'.repeat(20_000))])).toBe(false)
})
