import { createHash } from 'node:crypto'
import { Readable } from 'node:stream'
import { deflateSync } from 'node:zlib'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { gitsOf } from '../../../test/support/processes.ts'
import { testStore, type Client, type TestStore } from '../../../test/support/store.ts'
import { AppError } from '../../kernel/errors.ts'
import type { Oid } from '../../kernel/ids.ts'
import type { RepoHandle } from '../../kernel/repository.ts'

const MEMORY_BYTES = 384 << 20
let world: TestStore
let repo: RepoHandle
let client: Client
beforeAll(async () => {
  const packLimits = { maxPackBytes: 8 << 20, memoryBytes: MEMORY_BYTES, cpuSeconds: 30 }
  world = await testStore({ packLimits })
  repo = await world.newRepo()
  client = await world.newClient()
})
afterAll(() => world[Symbol.asyncDispose]())

interface Rejection {
  readonly reason: string
  readonly missing: boolean
}

/** @returns why the pack was rejected, or `null` when it was taken */
async function rejection(pack: Buffer): Promise<Rejection | null> {
  await using quarantine = world.store.openQuarantine(repo)
  try {
    await quarantine.receive(Readable.from([pack]), {})
    return null
  } catch (err) {
    if (!(err instanceof AppError && err.code === 'PACK_REJECTED')) throw err
    const details = err.details as Rejection
    expect(details.reason).not.toContain(world.root)
    expect(details.reason).not.toMatch(/[\r\n]/)
    return details
  }
}

const TYPES = { commit: 1, tree: 2, blob: 3, refDelta: 7 } as const
interface Entry {
  readonly type: keyof typeof TYPES
  readonly size: number
  readonly base?: Buffer
  readonly deflated: Buffer
}

function entry(type: keyof typeof TYPES, content: Buffer, base?: Buffer): Entry {
  return { type, size: content.length, deflated: deflateSync(content), ...(base ? { base } : {}) }
}

/** Writes a pack of anything, right or wrong. @see gitformat-pack(5) */
function packOf(...entries: Entry[]): Buffer {
  const header = Buffer.alloc(12)
  header.write('PACK')
  header.writeUInt32BE(2, 4)
  header.writeUInt32BE(entries.length, 8)
  const bodies = entries.map((e) => Buffer.concat([sizeOf(e), e.base ?? Buffer.alloc(0), e.deflated]))
  const body = Buffer.concat([header, ...bodies])
  return Buffer.concat([body, createHash('sha1').update(body).digest()])
}

function sizeOf({ type, size }: Entry): Buffer {
  const bytes = [(TYPES[type] << 4) | (size & 15)]
  for (let rest = Math.floor(size / 16); rest > 0; rest = Math.floor(rest / 128)) {
    bytes[bytes.length - 1]! |= 0x80
    bytes.push(rest % 128)
  }
  return Buffer.from(bytes)
}

function varint(value: number): Buffer {
  const bytes = []
  for (; value >= 128; value = Math.floor(value / 128)) bytes.push((value % 128) | 0x80)
  return Buffer.from([...bytes, value])
}

function idOf(type: string, content: Buffer): Buffer {
  return createHash('sha1').update(`${type} ${content.length}\0`).update(content).digest()
}

/** A tree with one entry, whatever its name and mode. */
function treeOf(mode: string, name: string, oid: Buffer): Buffer {
  return Buffer.concat([Buffer.from(`${mode} ${name}\0`), oid])
}

/** Objects enough for index-pack. */
function filler(): Entry[] {
  return Array.from({ length: 120 }, (_, i) => entry('blob', Buffer.from(`filler ${i}`)))
}

test.each([
  ['small', () => client.pack([client.commit('one')])],
  ['large', () => packOf(...filler())],
])(
  'a %s pack that ends early, or was changed on the way, is rejected in git’s words',
  async (_size, make) => {
    const pack = make()
    expect(await rejection(pack)).toBeNull()
    expect((await rejection(pack.subarray(0, -25)))?.reason).toMatch(/early EOF|unexpected end|inflate/i)
    const changed = Buffer.from(pack)
    changed[changed.length - 1]! ^= 1
    expect((await rejection(changed))?.reason).toMatch(/SHA1|corrupt|final/i)
    expect(await rejection(Buffer.from('this is not a pack at all'))).not.toBeNull()
    expect(await rejection(Buffer.alloc(0))).not.toBeNull()
  },
)

test('a pack above the size limit is rejected', async () => {
  const noise = Buffer.alloc(9 << 20, 'x').map((_, i) => (i * 2654435761) >>> 13)
  const pack = packOf({ type: 'blob', size: noise.length, deflated: deflateSync(noise, { level: 0 }) })
  expect((await rejection(pack))?.reason).toContain('maximum allowed size')
})

const BLOB = Buffer.from('text')
const blobId = () => idOf('blob', BLOB)

test.each([
  ['.git', () => treeOf('40000', '.git', idOf('tree', Buffer.alloc(0)))],
  ['.GIT in capitals', () => treeOf('100644', '.GIT', blobId())],
  ['..', () => treeOf('100644', '..', blobId())],
  ['a/b', () => treeOf('100644', 'a/b', blobId())],
  ['.gitmodules as a symbolic link', () => treeOf('120000', '.gitmodules', blobId())],
  ['git~1, its short name on Windows', () => treeOf('100644', 'git~1', blobId())],
])('a tree with an entry %s is refused, in small packs and large', async (_name, make) => {
  const entries = [entry('blob', BLOB), entry('tree', Buffer.alloc(0)), entry('tree', make())]
  for (const pack of [packOf(...entries), packOf(...entries, ...filler())]) {
    const rejected = await rejection(pack)
    expect(rejected?.reason).toMatch(/^object [0-9a-f]{40}: \w+: /)
    expect(rejected?.missing).toBe(false)
  }
})

test('a harmless fault of old tools is tolerated', async () => {
  const tree = treeOf('0100644', 'padded', blobId())
  expect(await rejection(packOf(entry('blob', BLOB), entry('tree', tree)))).toBeNull()
})

test.each([
  ['small', []],
  ['large', filler()],
])('a delta bomb in a %s pack ends at the memory limit, and the server goes on', async (_size, rest) => {
  const base = Buffer.alloc(1 << 20, 7)
  const copies = 1500
  const copy = Buffer.from([0x80 | 0x70, 0xff, 0xff, 0x0f]) // offset 0, 0x0fffff bytes
  const size = copies * 0x0fffff
  const bomb = Buffer.concat([varint(base.length), varint(size), ...Array<Buffer>(copies).fill(copy)])
  const pack = packOf(entry('blob', base), entry('refDelta', bomb, idOf('blob', base)), ...rest)
  expect(pack.length).toBeLessThan(16 << 10)
  expect((await rejection(pack))?.reason).toMatch(/memory|alloc/i)
  expect(await rejection(packOf(entry('blob', BLOB)))).toBeNull()
})

test.each([
  ['small', []],
  ['large', filler()],
])(
  'half a megabyte of deflated zeros in a %s pack streams through or is refused',
  { timeout: 60_000 },
  async (_size, rest) => {
    const zeros = Buffer.alloc(512 << 20)
    const bomb = (type: 'blob' | 'tree') => packOf(entry(type, zeros), ...rest)
    expect(await rejection(bomb('blob'))).toBeNull() // 512 MiB inflated under a limit of 384
    expect(await rejection(bomb('tree'))).not.toBeNull()
  },
)

test('a pack whose delta has no base anywhere is refused as missing', async () => {
  const delta = Buffer.concat([varint(4), varint(4), Buffer.from([0x80 | 0x10, 4])])
  const rejected = await rejection(packOf(entry('refDelta', delta, Buffer.alloc(20, 1))))
  expect(rejected?.missing).toBe(true)
})

test('what follows the pack is ignored, however much it is', async () => {
  const tail = Buffer.alloc(4 << 20)
  expect(await rejection(Buffer.concat([packOf(entry('blob', BLOB)), tail]))).toBeNull()
})

test.each([
  ['small', []],
  ['large', filler()],
])(
  'once a %s pack that broke off is told, nothing writes into its quarantine any more',
  async (_size, rest) => {
    const pack = packOf(entry('blob', Buffer.from('cut off')), ...rest)
    async function* brokenOff(): AsyncIterable<Buffer> {
      yield pack.subarray(0, -30)
      await vi.waitFor(() => expect(gitsOf(process.pid)).not.toEqual([]))
      throw new Error('the sender has gone')
    }
    await using quarantine = world.store.openQuarantine(repo)
    await expect(quarantine.receive(Readable.from(brokenOff()), {})).rejects.toThrow('the sender has gone')
    expect(gitsOf(process.pid)).toEqual([])
  },
)

test('a pack that arrives byte by byte is the same pack', async () => {
  const oid = client.commit('slow') as Oid
  const bytes = Array.from(client.pack([oid]), (byte) => Buffer.from([byte]))
  await using quarantine = world.store.openQuarantine(repo)
  await quarantine.receive(Readable.from(bytes), {})
  expect((await quarantine.git(['cat-file', '-t', oid])).trim()).toBe('commit')
})
