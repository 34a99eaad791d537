import { readdir } from 'node:fs/promises'
import { Readable } from 'node:stream'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { git, testStore, type TestStore } from '../../../test/support/store.ts'
import { SmallPushes } from '../small-push/small-pushes.ts'
import { incomingDirectory } from './incoming.ts'

let world: TestStore
beforeAll(async () => {
  world = await testStore({ smallPushes: new SmallPushes() })
})
afterAll(() => world[Symbol.asyncDispose]())

test('what update-ref is shown is gone before anything is decided, and never gets into the repository', async () => {
  const [repo, client] = [await world.newRepo(), await world.newClient()]
  const tip = client.commit('tip')
  await using quarantine = world.store.openQuarantine(repo)
  await quarantine.receive(Readable.from([client.pack([tip])]), {})
  const updates = ['refs/heads/main', 'refs/heads/same'].map((ref) => client.create(ref, tip))
  await using refs = quarantine.beginRefTransaction(updates)
  expect(await refs.prepare()).toEqual([])
  expect(await readdir(`${incomingDirectory(world.root)}/${quarantine.name}`)).toEqual(['pack'])
  await quarantine.migrate()
  await refs.commit()
  expect(git(repo.path, ['rev-parse', 'main', 'same']).toString()).toBe(`${tip}\n${tip}\n`)
  expect(git(repo.path, ['count-objects', '-v']).toString()).toMatch(/^count: 0$/m)
})
