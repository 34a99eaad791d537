import { existsSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { Readable } from 'node:stream'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { git, push, testStore, type Client, type TestStore } from '../../../test/support/store.ts'
import type { Oid, RefName } from '../../kernel/ids.ts'
import { incomingDirectory } from './incoming.ts'

let world: TestStore
beforeAll(async () => {
  world = await testStore()
})
afterAll(() => world[Symbol.asyncDispose]())

const MAIN = 'refs/heads/main' as RefName

function chain(client: Client, length: number, from?: Oid): Oid[] {
  const oids: Oid[] = []
  for (let i = 0; i < length; i++) {
    const parent = oids.at(-1) ?? from
    oids.push(
      client.commit(`commit ${i}\n\nbody ${i}`, { parents: parent ? [parent] : [], content: `${from} ${i}` }),
    )
  }
  return oids
}

describe.each(['sha1', 'sha256'] as const)('in a %s repository', (format) => {
  test.each([
    ['few objects, stored loose', 5],
    ['many objects, stored as a pack', 60],
  ])('a push of %s arrives, is whole and leaves nothing behind', async (_what, length) => {
    const [repo, client] = [await world.newRepo(format), await world.newClient(format)]
    const tip = chain(client, length).at(-1) as Oid
    expect(await push(world.store, repo, client.pack([tip]), [client.create(MAIN, tip)])).toEqual([])
    expect(git(repo.path, ['rev-list', '--count', MAIN]).toString().trim()).toBe(String(length))
    expect(git(repo.path, ['fsck', '--strict', '--full']).toString()).toBe('')
    const left = await readdir(incomingDirectory(world.root), { recursive: true })
    expect(left.filter((name) => /\/\d+(\/|$)/.test(name))).toEqual([])
  })

  test('a thin pack is completed from the repository', async () => {
    const [repo, client] = [await world.newRepo(format), await world.newClient(format)]
    const big = Array.from({ length: 3_000 }, (_, i) => `line ${i * 7919}`).join('\n')
    const base = client.commit('base', { content: big })
    await push(world.store, repo, client.pack([base]), [client.create(MAIN, base)])
    let tip = base
    for (let i = 0; i < 40; i++) tip = client.commit(`c${i}`, { parents: [tip], content: `${big}\n${i}` })
    const thin = client.pack([tip], [base])
    expect(thin.length).toBeLessThan(big.length)
    expect(await push(world.store, repo, thin, [{ ref: MAIN, oldOid: base, newOid: tip }])).toEqual([])
    expect(git(repo.path, ['fsck', '--strict']).toString()).toBe('')
  })

  test('an empty pack is taken without a process', async () => {
    const [repo, client] = [await world.newRepo(format), await world.newClient(format)]
    await using quarantine = world.store.openQuarantine(repo)
    const before = world.launcher.started
    await quarantine.receive(Readable.from([client.pack([])]), {})
    expect(world.launcher.started - before).toBeLessThanOrEqual(1) // the session that is warmed up
    const broken = Buffer.from(client.pack([]))
    broken[broken.length - 1]! ^= 1
    await expect(quarantine.receive(Readable.from([broken]), {})).rejects.toMatchObject({
      code: 'PACK_REJECTED',
    })
  })
})

test('a quarantine that is not used touches no disk and starts no process', async () => {
  const repo = await world.newRepo()
  const before = world.launcher.started
  await using quarantine = world.store.openQuarantine(repo)
  await quarantine.sync()
  await quarantine.checkConnectivity([], [])
  await quarantine.migrate()
  expect(quarantine.name).toBeNull()
  expect(world.launcher.started).toBe(before)
})

test('quarantined objects are seen by its readers only, until they are migrated', async () => {
  const [repo, client] = [await world.newRepo(), await world.newClient()]
  const oid = client.commit('hidden')
  const quarantine = world.store.openQuarantine(repo)
  await quarantine.receive(Readable.from([client.pack([oid])]), {})
  expect((await quarantine.git(['cat-file', '-t', oid])).trim()).toBe('commit')
  expect(() => git(repo.path, ['cat-file', '-t', oid])).toThrow()
  const directory = `${incomingDirectory(world.root)}/${quarantine.name}`
  expect(existsSync(directory)).toBe(true)
  await quarantine[Symbol.asyncDispose]()
  expect(existsSync(directory)).toBe(false)
  expect(() => git(repo.path, ['cat-file', '-t', oid])).toThrow()
})

test('a command that stores objects stores them in the quarantine', async () => {
  const repo = await world.newRepo()
  await using quarantine = world.store.openQuarantine(repo)
  const oid = (await quarantine.git(['hash-object', '-w', '--stdin'], { input: 'text' })).trim()
  expect(() => git(repo.path, ['cat-file', '-t', oid])).toThrow()
  await quarantine.migrate()
  expect(git(repo.path, ['cat-file', 'blob', oid]).toString()).toBe('text')
})

test('objects that are there already are migrated over, loose and packed', async () => {
  const [repo, client] = [await world.newRepo(), await world.newClient()]
  for (const length of [3, 60]) {
    const tip = chain(client, length).at(-1) as Oid
    const pack = client.pack([tip])
    await push(world.store, repo, pack, [client.create(`refs/heads/a${length}`, tip)])
    await push(world.store, repo, pack, [client.create(`refs/heads/b${length}`, tip)])
  }
  expect(git(repo.path, ['fsck', '--full']).toString()).toBe('')
})

test('a tip whose history is not wholly there is refused as missing', async () => {
  const [repo, client] = [await world.newRepo(), await world.newClient()]
  const [first, second] = chain(client, 2) as [Oid, Oid]
  await using quarantine = world.store.openQuarantine(repo)
  const missing = { details: { missing: true } }
  await expect(quarantine.checkConnectivity([first], [])).rejects.toMatchObject(missing)
  const partial = git(client.path, ['pack-objects', '-q', '--stdout'], `${second}\n`)
  const taken = quarantine
    .receive(Readable.from([partial]), {})
    .then(() => quarantine.checkConnectivity([second], []))
  await expect(taken).rejects.toMatchObject(missing)
})

test('in a repository of many refs the check leaves out what the old values and HEAD reach', async () => {
  const [repo, client] = [await world.newRepo(), await world.newClient()]
  const [first, second] = chain(client, 2) as [Oid, Oid]
  await push(world.store, repo, client.pack([first]), [client.create(MAIN, first)])
  const lines = Array.from(
    { length: 10_000 },
    (_, i) => `create refs/tags/t${String(i).padStart(5, '0')} ${first}\n`,
  )
  git(repo.path, ['update-ref', '--stdin'], lines.join(''))
  git(repo.path, ['pack-refs', '--all'])
  const update = { ref: MAIN, oldOid: first, newOid: second }
  expect(await push(world.store, repo, client.pack([second], [first]), [update])).toEqual([])
  const tags = ['refs/tags/t00000', 'refs/tags/t09999', 'refs/tags/nope'] as RefName[]
  const values = await world.store.readRefs(repo, [MAIN, ...tags])
  expect([...values]).toEqual([[MAIN, second], ...tags.slice(0, 2).map((tag) => [tag, first])])
})

test('progress of a large pack is told, and nothing else that git says', async () => {
  const [repo, client] = [await world.newRepo(), await world.newClient()]
  const big = Array.from({ length: 500 }, (_, i) => `line ${i}`).join('\n')
  let tip = client.commit('base', { content: big })
  for (let i = 0; i < 40; i++) tip = client.commit(`c${i}`, { parents: [tip], content: `${big}\n${i}` })
  const told: string[] = []
  await using quarantine = world.store.openQuarantine(repo)
  await quarantine.receive(Readable.from([client.pack([tip])]), { progress: (text) => told.push(text) })
  expect(told.at(-1)).toMatch(/^Resolving deltas: 100% .*\n$/)
})

test('an abort while a pack comes in ends git, and the quarantine can be dropped', async () => {
  const [repo, client] = [await world.newRepo(), await world.newClient()]
  const pack = client.pack([chain(client, 50).at(-1) as Oid])
  const abort = new AbortController()
  const source = new Readable({ read() {} })
  source.push(pack.subarray(0, pack.length - 30))
  await using quarantine = world.store.openQuarantine(repo)
  const received = quarantine.receive(source, { signal: abort.signal })
  await expect.poll(() => world.launcher.pid !== null && quarantine.name).toBeTruthy()
  abort.abort()
  await expect(received).rejects.toMatchObject({ name: 'AbortError' })
})

test('a pusher that vanishes is an error of its stream, not a rejected pack', async () => {
  const [repo, client] = [await world.newRepo(), await world.newClient()]
  const pack = client.pack([chain(client, 50).at(-1) as Oid])
  const source = new Readable({ read() {} })
  source.push(pack.subarray(0, 200))
  await using quarantine = world.store.openQuarantine(repo)
  const received = quarantine.receive(source, {})
  setImmediate(() => source.destroy(new Error('gone')))
  await expect(received).rejects.toThrow('gone')
})

test('a git that runs longer than its caller allows is ended, and that is no fault of git', async () => {
  await using quarantine = world.store.openQuarantine(await world.newRepo())
  const endless = ['-c', 'alias.endless=!sleep 60', 'endless']
  await expect(quarantine.git(endless, { wallMs: 50 })).rejects.toMatchObject({ code: 'UNAVAILABLE' })
})
