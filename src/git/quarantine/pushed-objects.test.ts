import { Readable } from 'node:stream'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { git, push, testStore, type Client, type TestStore } from '../../../test/support/store.ts'
import type { Oid, RefName } from '../../kernel/ids.ts'
import type { PushedObject, Quarantine } from '../../kernel/ports.ts'

let world: TestStore
beforeAll(async () => {
  world = await testStore()
})
afterAll(() => world[Symbol.asyncDispose]())

const MAIN = 'refs/heads/main' as RefName

async function pushedIn(quarantine: Quarantine): Promise<readonly PushedObject[]> {
  const objects: PushedObject[] = []
  for await (const page of quarantine.pushed()) {
    expect(page.length).toBeLessThanOrEqual(1_000)
    objects.push(...page)
  }
  return objects.toSorted((a, b) => (a.oid < b.oid ? -1 : 1))
}

/** As git sees them where they were made. */
function madeIn(client: Client, tip: Oid, ...bases: Oid[]): readonly PushedObject[] {
  const oids = client.git(['rev-list', '--objects', tip, ...bases.map((base) => `^${base}`)])
  const input = oids.replace(/ .*/gm, '')
  const lines = client.git(['cat-file', '--batch-check'], `${input}\n`).split('\n')
  return lines.sort().map((line) => {
    const [oid, type, bytes] = line.split(' ')
    return { oid: oid as Oid, type: type as PushedObject['type'], bytes: Number(bytes) }
  })
}

async function contentsIn(quarantine: Quarantine, oids: readonly Oid[]): Promise<Buffer> {
  const pieces: Buffer[] = []
  for await (const piece of quarantine.contents(oids)) pieces.push(piece)
  return Buffer.concat(pieces)
}

function chain(client: Client, length: number, base: Oid, content: string): Oid {
  let tip = base
  for (let n = 0; n < length; n++)
    tip = client.commit(`c${n}`, { parents: [tip], content: `${content}\n${n}` })
  return tip
}

describe.each(['sha1', 'sha256'] as const)('in a %s repository', (format) => {
  test.each([
    ['few objects, without a process', 3],
    ['a thin pack, without the bases that it was completed with', 60],
  ])('%s: what was brought is listed, with its contents', async (_what, length) => {
    const [repo, client] = [await world.newRepo(format), await world.newClient(format)]
    const content = Array.from({ length: 3_000 }, (_, i) => `line ${i * 7919}`).join('\n')
    const base = client.commit('base', { content })
    await push(world.store, repo, client.pack([base]), [client.create(MAIN, base)])
    const tip = chain(client, length, base, content)

    await using quarantine = world.store.openQuarantine(repo)
    await quarantine.receive(Readable.from([client.pack([tip], [base])]), {})
    const before = world.launcher.started
    const pushed = await pushedIn(quarantine)
    expect(pushed).toEqual(madeIn(client, tip, base))
    const oids = pushed.map(({ oid }) => oid)
    const expected = git(client.path, ['cat-file', '--batch'], oids.map((oid) => `${oid}\n`).join(''))
    expect((await contentsIn(quarantine, oids)).equals(expected)).toBe(true)
    expect(world.launcher.started - before).toBe(length < 10 ? 0 : 2)
  })
})

test('what is stored once more is not listed, and nothing where nothing was stored', async () => {
  const [repo, client] = [await world.newRepo(), await world.newClient()]
  const known = client.commit('known', { content: 'known' })
  await push(world.store, repo, client.pack([known]), [client.create(MAIN, known)])
  await using quarantine = world.store.openQuarantine(repo)
  expect(await pushedIn(quarantine)).toEqual([])
  const blob = (content: string) => ({ type: 'blob', content: Buffer.from(content) }) as const
  const [, fresh] = await quarantine.store([blob('known'), blob('new')])
  expect(await pushedIn(quarantine)).toEqual([{ oid: fresh, type: 'blob', bytes: 3 }])
})

test('a blob that is large once it is inflated is streamed by git', async () => {
  const [repo, client] = [await world.newRepo(), await world.newClient()]
  const tip = client.commit('big', { content: Buffer.alloc(20 * 1024 * 1024) })
  await using quarantine = world.store.openQuarantine(repo)
  await quarantine.receive(Readable.from([client.pack([tip])]), {})
  const pushed = await pushedIn(quarantine)
  expect(pushed).toEqual(madeIn(client, tip))
  const oids = pushed.map(({ oid }) => oid)
  expect((await contentsIn(quarantine, oids)).length).toBeGreaterThan(20 * 1024 * 1024)
})

test('an object that is not there is told as missing', async () => {
  const repo = await world.newRepo()
  await using quarantine = world.store.openQuarantine(repo)
  const oid = '1'.repeat(40) as Oid
  expect((await contentsIn(quarantine, [oid])).toString()).toBe(`${oid} missing\n`)
})
