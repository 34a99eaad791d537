import { rm, writeFile } from 'node:fs/promises'
import { Readable } from 'node:stream'
import { deflateSync } from 'node:zlib'
import * as fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { makePack, object, tree, zeros, type PackEntry } from '../../../test/support/hand-made-pack.ts'
import { git, push, testStore, type Client, type TestStore } from '../../../test/support/store.ts'
import type { Oid } from '../../kernel/ids.ts'
import type { RepoHandle } from '../../kernel/repository.ts'
import { SMALL_PUSH_LIMITS } from './limits.ts'
import { SmallPushes, type Taken } from './small-pushes.ts'

let world: TestStore
let repo: RepoHandle
let client: Client
let base: Oid
beforeAll(async () => {
  world = await testStore()
  repo = await world.newRepo()
  client = await world.newClient()
  base = client.commit('base', { content: 'base' })
  await push(world.store, repo, client.pack([base]), [client.create('refs/heads/main', base)])
})
afterAll(() => world[Symbol.asyncDispose]())

function taking(pushes: SmallPushes, ...chunks: Buffer[]): Promise<Taken> {
  return pushes.take(repo, Readable.from(chunks, { objectMode: false }), {})
}

/** Why it was left to git; `null`: it was taken. */
async function reasonFor(pack: Buffer, to: RepoHandle = repo): Promise<string | null> {
  using pushes = new SmallPushes()
  await pushes.take(to, Readable.from([pack]), {})
  const [reason] = pushes.leftToGit.keys()
  return reason ?? null
}

function packOf(...entries: readonly PackEntry[]): Buffer {
  return makePack(entries)
}

const file = object('blob', 'a file\n')

test('what is left to git is the same bytes, however they came', async () => {
  using pushes = new SmallPushes({ ...SMALL_PUSH_LIMITS, objects: 3, wireBytes: 400 })
  const left = [
    Buffer.alloc(0),
    Buffer.from('PACK'),
    Buffer.from('this is no pack at all'),
    packOf(file.entry, tree([{ name: '.git', oid: file.oid }]).entry),
    packOf(...[1, 2, 3, 4].map((n) => object('blob', String(n)).entry)),
    packOf(object('blob', Buffer.from(Array.from({ length: 600 }, (_, i) => (i * i * 7919) >> 5))).entry),
    Buffer.concat([packOf(file.entry), Buffer.from('more')]),
  ]
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...left),
      fc.array(fc.integer({ min: 1, max: 300 })),
      async (pack, sizes) => {
        const taken = await taking(pushes, ...cut(pack, sizes))
        const rest = taken.push === null ? ((await taken.rest.toArray()) as Buffer[]) : []
        expect(Buffer.concat(rest).equals(pack)).toBe(true)
        expect(pushes.heldBytes).toBe(0)
      },
    ),
  )
})

function cut(bytes: Buffer, sizes: readonly number[]): Buffer[] {
  const chunks: Buffer[] = []
  let rest = bytes
  for (const size of sizes) {
    chunks.push(rest.subarray(0, size))
    rest = rest.subarray(size)
  }
  return [...chunks, rest].filter((chunk) => chunk.length > 0)
}

test('memory that small pushes hold together is bounded, and given back', async () => {
  const pack = packOf(object('blob', Buffer.alloc(600, 'x')).entry)
  using pushes = new SmallPushes({ ...SMALL_PUSH_LIMITS, heldBytes: 2_000 })
  const first = await taking(pushes, pack)
  const second = await taking(pushes, pack)
  expect([first.push === null, second.push === null]).toEqual([false, true])
  expect([...pushes.leftToGit]).toEqual([['busy', 1]])
  first.push?.holding[Symbol.dispose]()
  expect(pushes.heldBytes).toBe(0)
  expect((await taking(pushes, pack)).push).not.toBeNull()
})

test('a thousand objects of a few bytes count for what they take, and not for what they say', async () => {
  const pack = packOf(...Array.from({ length: 1_000 }, (_, n) => object('blob', String(n)).entry))
  using pushes = new SmallPushes({ ...SMALL_PUSH_LIMITS, heldBytes: 2.5 * 1024 * 1024 })
  for (let n = 0; n < 3; n++) await taking(pushes, pack)
  expect([pushes.taken, ...pushes.leftToGit]).toEqual([2, ['busy', 1]])
})

test.each([
  ['says what it is', zeros('blob', 512)],
  ['says that it is small', { ...zeros('blob', 512), bytes: 10 }],
])('half a gibibyte of zeros that %s is not inflated', async (_what, entry) => {
  const before = process.resourceUsage().maxRSS
  expect(await reasonFor(packOf(entry))).toMatch(/large|malformed/)
  expect(process.resourceUsage().maxRSS - before).toBeLessThan(64 * 1024) // KiB
})

test('a pack without objects, as a new branch on an old commit brings it, is not counted as malformed', async () => {
  expect(await reasonFor(packOf())).toBe('empty')
  expect(await reasonFor(Buffer.from('PACK'))).toBe('malformed')
})

test('a pusher that vanishes is an error of his stream', async () => {
  using pushes = new SmallPushes()
  const source = new Readable({ read() {} })
  source.push(packOf(file.entry).subarray(0, 20))
  const taken = pushes.take(repo, source, {})
  setImmediate(() => source.destroy(new Error('gone')))
  await expect(taken).rejects.toThrow('gone')
  expect(pushes.heldBytes).toBe(0)
})

test('on what lies only in a pack of unreached objects no push relies', async () => {
  const other = await world.newRepo()
  const oid = git(other.path, ['hash-object', '-w', '--stdin'], 'unreached').toString().trim()
  const naming = packOf(tree([{ name: 'a', oid }]).entry)
  expect(await reasonFor(naming, other)).toBeNull()
  git(other.path, ['repack', '--cruft', '-d', '-q'])
  expect(git(other.path, ['cat-file', '-t', oid]).toString()).toBe('blob\n')
  expect(await reasonFor(naming, other)).toBe('missing')
  using pushes = new SmallPushes()
  const again = packOf(object('blob', 'unreached').entry)
  const taken = await pushes.take(other, Readable.from([again]), {})
  expect(taken.push?.objects.map(({ isNew }) => isNew)).toEqual([true])
})

test('objects of a repository that this one borrows from are there, too', async () => {
  const borrower = await world.newRepo()
  const naming = packOf(tree([{ name: 'a', oid: client.git(['rev-parse', `${base}:file.txt`]) }]).entry)
  expect(await reasonFor(naming, borrower)).toBe('missing')
  await writeFile(`${borrower.path}/objects/info/alternates`, `${repo.path}/objects\n`)
  expect(await reasonFor(naming, borrower)).toBeNull()
})

test('an object that is there with other content is left to git', async () => {
  const other = await world.newRepo()
  const { oid, entry } = object('blob', 'the one')
  git(other.path, ['hash-object', '-w', '--stdin'], 'the one')
  const pack = packOf(entry)
  expect(await reasonFor(pack, other)).toBeNull()
  const path = `${other.path}/objects/${oid.slice(0, 2)}/${oid.slice(2)}`
  await rm(path)
  await writeFile(path, deflateSync('blob 7\0another'))
  expect(await reasonFor(pack, other)).toBe('known')
})

test('packs that come and go while a repository is in use are noticed', async () => {
  const other = await world.newRepo()
  using pushes = new SmallPushes()
  const first = client.commit('first', { content: 'first' })
  const second = client.commit('second', { parents: [first], content: 'second' })
  const upon = () => pushes.take(other, Readable.from([client.pack([second], [first])]), {})
  expect((await upon()).push).toBeNull()
  await push(world.store, other, client.pack([first]), [client.create('refs/heads/main', first)])
  expect((await upon()).push).not.toBeNull()
  git(other.path, ['repack', '-a', '-d', '-q'])
  expect((await upon()).push).not.toBeNull()
})
