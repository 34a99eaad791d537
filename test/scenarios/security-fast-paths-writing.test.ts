/** Attacks on the fast ways of writing: small pushes, landings, groups of writes. */
import { randomBytes } from 'node:crypto'
import { rm } from 'node:fs/promises'
import { Readable } from 'node:stream'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { SmallPushes } from '../../src/git/small-push/small-pushes.ts'
import { SMALL_PUSH_LIMITS } from '../../src/git/small-push/limits.ts'
import { commit, makePack, object, tree } from '../support/hand-made-pack.ts'
import { leftovers, repositoriesOf } from '../support/leftovers.ts'
import { metric } from '../support/metric.ts'
import { openRaw, pushBody } from '../support/raw-git.ts'
import { fakeToken, scanned } from '../support/scanned.ts'
import { testStore, type TestStore } from '../support/store.ts'
import { world, type World } from '../support/world.ts'

let store: TestStore
let w: World
beforeAll(async () => {
  store = await testStore()
  w = await world()
})
afterAll(async () => {
  await store[Symbol.asyncDispose]()
  await w[Symbol.asyncDispose]()
})

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

test('a push whose quarantine cannot be written gives back what it held-regression', async () => {
  const smallPushes = new SmallPushes()
  await using broken = await testStore({ smallPushes })
  const repo = await broken.newRepo()
  await rm(`${broken.root}/.incoming`, { recursive: true })
  {
    await using quarantine = broken.store.openQuarantine(repo)
    await quarantine.receive(Readable.from([makePack([file.entry])]), {})
    await expect(quarantine.sync()).rejects.toMatchObject({ code: 'ENOENT' })
    expect(smallPushes.heldBytes).toBeGreaterThan(0)
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

test('clients that leave in the middle of a small push leave nothing held, on disk, or half pushed', async () => {
  const files = [object('blob', randomBytes(200_000)), object('blob', 'second\n')] as const
  const root = tree(files.map(({ oid }, n) => ({ name: `f${n}`, oid })))
  const tip = commit(root.oid)
  const pack = makePack([...files, root, tip].map(({ entry }) => entry))
  const body = pushBody({ updates: [{ ref: 'refs/heads/left', new: tip.oid }], pack })
  const leaving = [300, 100_000, 150_000, body.length - 1].map((bytes) => {
    const request = openRaw(w.agent, `${w.repo.url}/git-receive-pack`)
    request.write(body.subarray(0, bytes))
    return request
  })
  const held = () => metric(w.url, 'sluice_small_pushes_held_bytes')
  await expect.poll(held, { timeout: 10_000 }).toBeGreaterThan(400_000)
  for (const request of leaving) request.destroy()
  await expect.poll(held, { timeout: 10_000 }).toBe(0)
  await expect.poll(() => leftovers(repositoriesOf(w.dir)), { timeout: 10_000 }).toEqual([])
  expect((await w.onServer('for-each-ref')).output).toBe('')
  expect(await w.has(tip.oid)).toBe(false)
})

test('a secret that comes as a delta of what the repository has is found, though no git has unpacked it', async () => {
  const r = await scanned(w)
  const lines = Array.from({ length: 400 }, () => randomBytes(12).toString('base64')).join('\n')
  await r.owner.commit('notes.txt', `${lines}\n`)
  expect((await r.push()).code).toBe(0)
  const taken = await metric(w.url, 'sluice_small_pushes_taken_total')
  const secret = fakeToken()
  const head = await r.owner.commit('notes.txt', `${lines}\n${secret}\n`)
  const pushed = await r.push()
  expect(pushed.code).toBe(1)
  expect(r.fingerprintsIn(pushed)).toHaveLength(1)
  expect(pushed.output).not.toContain(secret)
  expect(await metric(w.url, 'sluice_small_pushes_taken_total')).toBe(taken + 1)
  expect((await r.owner.gitWith({ env: { GIT_DIR: r.gitDir } }, 'cat-file', '-e', head)).code).not.toBe(0)
})
