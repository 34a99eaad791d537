/** Attacks on the fast ways of writing: small pushes, landings, groups of writes. */
import { rm } from 'node:fs/promises'
import { Readable } from 'node:stream'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { SmallPushes } from '../../src/git/small-push/small-pushes.ts'
import { SMALL_PUSH_LIMITS } from '../../src/git/small-push/limits.ts'
import { makePack, object, tree } from '../support/hand-made-pack.ts'
import { testStore, type TestStore } from '../support/store.ts'

let store: TestStore
beforeAll(async () => {
  store = await testStore()
})
afterAll(() => store[Symbol.asyncDispose]())

const file = object('blob', 'a file\n')

test('a pack that comes byte by byte is held in few pieces-regression', async () => {
  const bytes = 20_000
  using pushes = new SmallPushes({ ...SMALL_PUSH_LIMITS, wireBytes: bytes - 1 })
  const pack = Buffer.concat([makePack([file.entry]), Buffer.alloc(bytes, 7)]).subarray(0, bytes)
  const taken = await pushes.take(await store.newRepo(), Readable.from(singly(pack)), {})
  const pieces = taken.push === null ? ((await taken.rest.toArray()) as Buffer[]) : []
  expect(Buffer.concat(pieces).equals(pack)).toBe(true)
  expect(pieces.length).toBeLessThan(20)
})

function* singly(bytes: Buffer): Generator<Buffer> {
  for (const byte of bytes) yield Buffer.from([byte])
}

test('a push whose quarantine cannot be made gives back what it held-regression', async () => {
  const smallPushes = new SmallPushes()
  await using broken = await testStore({ smallPushes })
  const repo = await broken.newRepo()
  await rm(`${broken.root}/.incoming`, { recursive: true })
  {
    await using quarantine = broken.store.openQuarantine(repo)
    const received = quarantine.receive(Readable.from([makePack([file.entry])]), {})
    await expect(received).rejects.toMatchObject({ code: 'ENOENT' })
    expect(smallPushes.taken).toBe(1)
  }
  expect(smallPushes.heldBytes).toBe(0)
})

test('a tree that would hold up everybody else is left to git-regression', async () => {
  using pushes = new SmallPushes()
  const repo = await store.newRepo()
  const named = (n: number) => ({ name: `a${String(n).padStart(6, '0')}`, oid: file.oid })
  const files = (count: number) => tree(Array.from({ length: count }, (_, n) => named(n)))
  await pushes.take(repo, Readable.from([makePack([file.entry, files(100).entry])]), {})
  expect([...pushes.leftToGit]).toEqual([])
  await pushes.take(repo, Readable.from([makePack([file.entry, files(20_000).entry])]), {})
  expect([...pushes.leftToGit]).toEqual([['large', 1]])
})
