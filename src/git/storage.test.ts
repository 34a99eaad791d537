import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { git, testStore, type TestStore } from '../../test/support/store.ts'
import type { RefName } from '../kernel/ids.ts'
import { createRepository, removeRepository } from './storage.ts'

let world: TestStore
beforeAll(async () => {
  world = await testStore()
})
afterAll(() => world[Symbol.asyncDispose]())

test.each(['sha1', 'sha256'] as const)('stock git accepts a new %s repository', async (objectFormat) => {
  const repo = await world.newRepo(objectFormat)
  const client = await world.newClient(objectFormat)
  expect(git(repo.path, ['fsck', '--strict']).toString()).toBe('')
  const oid = client.commit('first')
  client.git(['push', '-q', repo.path, `${oid}:refs/heads/main`])
  expect(git(repo.path, ['rev-parse', 'HEAD', '--show-object-format']).toString()).toBe(
    `${oid}\n${objectFormat}\n`,
  )
  git(client.path, ['clone', '-q', repo.path, join(client.path, 'copy')])
  expect(git(join(client.path, 'copy'), ['branch', '--show-current']).toString()).toBe('main\n')
})

test('the path is made from the id, two digits first', async () => {
  const repo = await world.newRepo()
  expect(repo.path).toBe(join(world.root, repo.id.slice(-2), `${repo.id}.git`))
})

test('making a repository starts no process', async () => {
  const before = world.launcher.started
  await world.newRepo()
  expect(world.launcher.started).toBe(before)
})

test('a repository that exists is not made again, and nothing is left behind', async () => {
  const { path } = await world.newRepo()
  const before = await readdir(join(path, '..'))
  const again = createRepository({ path, objectFormat: 'sha1', head: 'refs/heads/other' as RefName })
  await expect(again).rejects.toMatchObject({ code: 'ALREADY_EXISTS' })
  expect(await readdir(join(path, '..'))).toEqual(before)
})

test('a removed repository is gone, and removing it again is harmless', async () => {
  const { path } = await world.newRepo()
  await removeRepository(path)
  await removeRepository(path)
  expect((await readdir(join(path, '..'))).filter((name) => path.endsWith(name))).toEqual([])
})
