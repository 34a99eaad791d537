import { execFileSync } from 'node:child_process'
import { join, relative } from 'node:path'
import { Readable } from 'node:stream'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { happening } from '../../test/support/between.ts'
import { push, testStore, type TestStore } from '../../test/support/store.ts'
import type { RefName } from '../kernel/ids.ts'
import type { Quarantine } from '../kernel/ports.ts'
import type { RefUpdate } from '../kernel/ref-update.ts'
import type { RepoHandle } from '../kernel/repository.ts'
import { incomingDirectory } from './quarantine/incoming.ts'
import { SmallPushes } from './small-push/small-pushes.ts'

const synced = vi.hoisted((): string[] => [])
const disk = vi.hoisted(() => ({ before: (_paths: readonly string[]) => Promise.resolve() }))
vi.mock(import('./durable.ts'), async (real) => {
  const durable = await real()
  return {
    ...durable,
    syncPath: async (path) => {
      synced.push(path)
      await durable.syncPath(path)
    },
    syncPaths: async (paths) => {
      const all = [...paths]
      await disk.before(all)
      synced.push(...all)
      await durable.syncPaths(all)
    },
  }
})

let world: TestStore
let repo: RepoHandle
beforeAll(async () => {
  world = await testStore({ smallPushes: new SmallPushes() })
  repo = await world.newRepo()
})
afterAll(() => world[Symbol.asyncDispose]())

/** Below the repository, without lock files, since the last time. */
function directories(): string[] {
  const paths = synced.splice(0).map((path) => relative(repo.path, path) || '.')
  return [...new Set(paths.filter((path) => !/\.lock$|^\.\./.test(path)))].sort()
}

const MAIN = 'refs/heads/main' as RefName

test('what moves is on disk with the directories that name it, also those of HEAD and packed-refs', async () => {
  const client = await world.newClient()
  const first = client.commit('first')
  const second = client.commit('second', { parents: [first] })
  const land = async (pack: Buffer | null, update: RefUpdate) => {
    expect(await push(world.store, repo, pack, [update])).toEqual([])
    return directories()
  }
  expect(await land(client.pack([first]), client.create(MAIN, first))).toEqual(['objects/pack', 'refs/heads'])
  const update = { ref: MAIN, oldOid: first, newOid: second }
  expect(await land(client.pack([second], [first]), update)).toEqual(['objects/pack', 'refs/heads'])
  const deep = client.create('refs/heads/a/b/c', second)
  expect(await land(null, deep)).toEqual(['refs/heads', 'refs/heads/a', 'refs/heads/a/b'])
  const other = client.create('refs/pull/1/head', second)
  expect(await land(null, other)).toEqual(['refs', 'refs/pull', 'refs/pull/1'])
  expect(await land(null, client.delete(MAIN, second))).toEqual(['.', 'packed-refs.new', 'refs/heads'])
  const head = client.create('refs/heads/new', second)
  expect(await land(null, head)).toEqual(['.', 'refs/heads']) // HEAD's branch is gone: it follows this one
})

test('what a server that died has left is on disk before anything is told about it', async () => {
  await world.store.breakStaleLocks(repo, [MAIN])
  await world.store.syncRefs(repo, [MAIN])
  expect(directories()).toEqual(['.', 'refs/heads'])
})

test.each<[string, (quarantine: Quarantine) => Promise<unknown>]>([
  ['in memory', (quarantine) => quarantine.store([{ type: 'blob', content: Buffer.from('small') }])],
  [
    'as files of ours',
    (quarantine) => quarantine.store([{ type: 'blob', content: Buffer.alloc(2 * 1024 * 1024) }]),
  ],
  [
    'by a git',
    (quarantine) =>
      quarantine.receiveBy(async (env) => {
        const options = { input: 'brought', env: { ...process.env, ...env } }
        execFileSync('git', ['hash-object', '-w', '--stdin'], options)
      }),
  ],
])('what was stored %s is on disk with the name of the quarantine itself', async (_how, store) => {
  await using quarantine = world.store.openQuarantine(repo)
  await store(quarantine)
  synced.length = 0
  await quarantine.sync()
  const instance = quarantine.name?.split('/')[0] ?? ''
  expect(synced).toContain(join(incomingDirectory(world.root), instance))
})

test('two who sync the same repository at once both wait for what has moved, also when one of them fails', async () => {
  const client = await world.newClient()
  const oid = client.commit('shared')
  await using quarantine = world.store.openQuarantine(repo)
  await quarantine.receive(Readable.from([client.pack([oid])]), {})
  await quarantine.sync()
  await quarantine.migrate()
  directories()
  const broken = happening()
  let calls = 0
  disk.before = async () => {
    if (calls++ > 0) return
    await broken.happened
    throw new Error('EIO')
  }
  const one = world.store.syncRefs(repo, [])
  const other = world.store.syncRefs(repo, [])
  broken.happen()
  await expect(one).rejects.toThrow('EIO')
  await other
  expect(directories()).toEqual(['objects/pack'])
})
