/** Packs that no git would write: each is refused with a reason, and nothing of it is kept. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import {
  commit,
  copyingDelta,
  makePack,
  object,
  refDelta,
  tree,
  zeros,
  type MadeObject,
  type PackEntry,
  type TreeEntry,
} from '../support/hand-made-pack.ts'
import { pushBody, raw, readBands } from '../support/raw-git.ts'
import { expectStillSound } from '../support/still-sound.ts'
import { world, type World } from '../support/world.ts'

let w: World
beforeAll(async () => {
  w = await world({ settings: { SLUICE_GIT_MEMORY_BYTES: '256MiB' } })
  await w.agent.start(w.repo.url)
})
afterAll(() => w[Symbol.asyncDispose]())
afterEach(() => expectStillSound(w))

/** From this many objects on git's index-pack takes the pack, not unpack-objects. */
const MANY = 100
const FEW = 0

/** @returns the lines of the report */
async function push(tip: string, pack: Buffer): Promise<string[]> {
  const body = pushBody({ updates: [{ ref: 'refs/heads/evil', new: tip }], pack })
  const answer = await raw(w.agent, `${w.repo.url}/git-receive-pack`, { body })
  expect(answer.status).toBe(200)
  return readBands(answer.body).report
}

async function expectRefused(tip: string, pack: Buffer, reason: RegExp): Promise<void> {
  const [unpack, ref] = await push(tip, pack)
  expect(unpack).toMatch(reason)
  expect(ref).toMatch(/^ng refs\/heads\/evil (unpacker error|missing necessary objects)$/)
  expect(await w.has(tip)).toBe(false)
}

function padding(objects: number): PackEntry[] {
  return Array.from({ length: objects }, (_, n) => object('blob', `padding ${n}\n`).entry)
}

const blob = object('blob', 'hello\n')

describe.each([FEW, MANY])('with %i further objects', (further) => {
  const packOf = (...entries: PackEntry[]) => makePack([...entries, ...padding(further)])
  const commitOf = (treeObject: MadeObject) => {
    const tip = commit(treeObject.oid)
    return { tip: tip.oid, pack: packOf(blob.entry, treeObject.entry, tip.entry) }
  }

  test('what is made by hand and right is taken', async () => {
    const { tip, pack } = commitOf(tree([{ name: `right-${further}.txt`, oid: blob.oid }]))
    expect(await push(tip, pack)).toEqual(['unpack ok', 'ok refs/heads/evil'])
    expect(await w.has(tip)).toBe(true)
    expect((await w.agent.git('push', w.repo.url, ':refs/heads/evil')).code).toBe(0)
  })

  const EVIL_TREES: readonly (TreeEntry & { readonly reason: RegExp })[] = [
    { name: '.git', oid: blob.oid, reason: /hasDotgit/ },
    { name: '.GIT', oid: blob.oid, reason: /hasDotgit/ },
    { name: 'git~1', oid: blob.oid, reason: /hasDotgit/ },
    { name: '.g\u200cit', oid: blob.oid, reason: /hasDotgit/ },
    { name: '..', oid: blob.oid, reason: /hasDotdot/ },
    { name: '.', oid: blob.oid, reason: /hasDot/ },
    { name: 'a/../../b', oid: blob.oid, reason: /fullPathname/ },
    { name: '', oid: blob.oid, reason: /badTree/ },
    { name: '.gitmodules', mode: '120000', oid: blob.oid, reason: /gitmodulesSymlink/ },
  ]
  test.each(EVIL_TREES)(
    'a tree with an entry called $name is refused: $reason',
    async ({ reason, ...entry }) => {
      const { tip, pack } = commitOf(tree([entry]))
      await expectRefused(tip, pack, reason)
    },
  )

  test('a submodule address that is an option is refused', async () => {
    const modules = object('blob', '[submodule "x"]\n\tpath = x\n\turl = --upload-pack=evil\n')
    const root = tree([{ name: '.gitmodules', oid: modules.oid }])
    const tip = commit(root.oid)
    await expectRefused(tip.oid, packOf(modules.entry, root.entry, tip.entry), /gitmodulesUrl/)
  })

  test('a wrong trailer is refused', async () => {
    const { tip, pack } = commitOf(tree([{ name: 'trailer.txt', oid: blob.oid }]))
    pack.writeUInt8(pack.readUInt8(pack.length - 1) ^ 1, pack.length - 1)
    await expectRefused(tip, pack, /final sha1 did not match|SHA1 mismatch/)
  })

  test('a pack that ends early is refused', async () => {
    const { tip, pack } = commitOf(tree([{ name: 'truncated.txt', oid: blob.oid }]))
    await expectRefused(tip, pack.subarray(0, pack.length - 30), /early EOF|inflate/)
  })

  test('a pack with fewer objects than it says is refused', async () => {
    const { tip, pack } = commitOf(tree([{ name: 'fewer.txt', oid: blob.oid }]))
    pack.writeUInt32BE(pack.readUInt32BE(8) + 1, 8)
    await expectRefused(tip, pack, /early EOF|inflate|corrupt|unknown object type|bad/)
  })

  test('what follows a pack is thrown away', async () => {
    const { tip, pack } = commitOf(tree([{ name: `garbage-${further}.txt`, oid: blob.oid }]))
    const report = await push(tip, Buffer.concat([pack, Buffer.alloc(200_000, 'garbage ')]))
    expect(report).toEqual(['unpack ok', 'ok refs/heads/evil'])
    expect((await w.agent.git('push', w.repo.url, ':refs/heads/evil')).code).toBe(0)
  })

  test('a broken zlib stream is refused', async () => {
    const { tip, pack } = commitOf(tree([{ name: 'zlib.txt', oid: blob.oid }]))
    pack.fill(0xff, 13, 17)
    await expectRefused(tip, pack, /inflate|unknown|bad|corrupt/)
  })

  test('a delta whose base is nowhere is refused', async () => {
    const delta = refDelta('12'.repeat(20), copyingDelta({ baseBytes: 10, copyBytes: 5, times: 2 }))
    const tip = commit('34'.repeat(20))
    await expectRefused(tip.oid, packOf(delta, tip.entry), /unresolved deltas?/)
  })

  test('a kilobyte of deltas that would be four gibibytes is refused before it takes the memory', async () => {
    const base = zerosOf('blob', 16)
    const delta = copyingDelta({ baseBytes: 16 * MEBIBYTE, copyBytes: 16 * MEBIBYTE - 1, times: 256 })
    const tip = commit('34'.repeat(20))
    const pack = packOf(base.entry, refDelta(base.oid, delta), tip.entry)
    await expectRefused(tip.oid, pack, /out of memory|needed too much time or memory/i)
  })

  test('a tree of zeros that would not fit into memory is refused', async () => {
    const tip = commit('34'.repeat(20))
    await expectRefused(tip.oid, packOf(zeros('tree', 512), tip.entry), /out of memory|memory|too large/i)
  })

  test('a commit that points at what was not sent is refused', async () => {
    const tip = commit('56'.repeat(20))
    await expectRefused(
      tip.oid,
      packOf(tip.entry),
      /object of unexpected type|did not receive expected object/,
    )
  })
})

const MEBIBYTE = 1024 * 1024

function zerosOf(type: 'blob', mebibytes: number): MadeObject {
  return { oid: object(type, Buffer.alloc(mebibytes * MEBIBYTE)).oid, entry: zeros(type, mebibytes) }
}

test('a commit with two authors is refused', async () => {
  const root = tree([{ name: 'a.txt', oid: blob.oid }])
  const who = 'M <m@example.test> 1700000000 +0000'
  const tip = object('commit', `tree ${root.oid}\nauthor ${who}\nauthor ${who}\ncommitter ${who}\n\nforged\n`)
  await expectRefused(tip.oid, makePack([blob.entry, root.entry, tip.entry]), /multipleAuthors/)
})

test.each([
  ['nothing at all', Buffer.alloc(0), /pack ends inside its header/],
  ['less than a header', Buffer.from('PACK\0\0'), /pack ends inside its header/],
  ['something else', Buffer.from('not a pack, and long enough'), /pack signature mismatch/],
  ['a version of the future', Buffer.from('PACK\0\0\0\x09\0\0\0\x01'), /pack version 9 unsupported/],
  [
    'four billion objects',
    Buffer.from('PACK\0\0\0\x02\xff\xff\xff\xff', 'latin1'),
    /size_t overflow|early EOF/,
  ],
])('%s in place of a pack is refused', async (_name, pack, reason) => {
  await expectRefused('78'.repeat(20), pack, reason)
})
