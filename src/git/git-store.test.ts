import { mkdir, readdir, readFile, symlink, utimes, writeFile } from 'node:fs/promises'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { git, push, testStore, type Client, type TestStore } from '../../test/support/store.ts'
import type { MovedRef } from '../kernel/events.ts'
import type { Oid, RefName } from '../kernel/ids.ts'
import type { RefUpdate } from '../kernel/ref-update.ts'
import type { RepoHandle } from '../kernel/repository.ts'
import { readHead, setHead } from './refs/head.ts'
import { incomingDirectory } from './quarantine/incoming.ts'
import { newInstanceName } from './quarantine/instance.ts'
import { sweepQuarantines } from './quarantine/sweep.ts'

let world: TestStore
beforeAll(async () => {
  world = await testStore()
})
afterAll(() => world[Symbol.asyncDispose]())

const MAIN = 'refs/heads/main' as RefName

function refNames(...names: string[]): RefName[] {
  return names as RefName[]
}

async function pushed(ref: string): Promise<{ repo: RepoHandle; client: Client; oid: Oid }> {
  const [repo, client] = [await world.newRepo(), await world.newClient()]
  const oid = client.commit('one')
  await push(world.store, repo, client.pack([oid]), [client.create(ref, oid)])
  return { repo, client, oid }
}

test('values of refs agree with git for loose, packed, both and broken ones, without a process', async () => {
  const { repo, client, oid } = await pushed(MAIN)
  const next = client.commit('two')
  await push(world.store, repo, client.pack([next]), [client.create('refs/heads/next', next)])
  git(repo.path, ['-c', 'user.name=a', '-c', 'user.email=b', 'tag', '-a', '-m', 'x', 'annotated', oid])
  for (const name of ['b', 'c/d', 'zz']) git(repo.path, ['update-ref', `refs/heads/${name}`, oid])
  git(repo.path, ['pack-refs', '--all'])
  git(repo.path, ['update-ref', 'refs/heads/b', next])
  git(repo.path, ['symbolic-ref', 'refs/heads/alias', 'refs/heads/c/d'])
  await writeFile(`${repo.path}/refs/heads/broken`, 'nonsense')
  const all = git(repo.path, ['for-each-ref', '--format=%(refname) %(objectname)'])
    .toString()
    .trim()
    .split('\n')
  const expected = new Map(all.map((line) => line.split(' ') as [RefName, Oid]))
  const before = world.launcher.started
  const asked = [
    ...expected.keys(),
    ...refNames('refs/heads/broken', 'refs/heads', 'refs/heads/b/x', 'refs/heads/c'),
  ]
  expect(await world.store.readRefs(repo, asked)).toEqual(expected)
  expect(expected.size).toBe(7)
  expect(world.launcher.started).toBe(before)
})

test('HEAD follows the first branch created when its own does not exist, once', async () => {
  const { repo, client, oid } = await pushed('refs/heads/trunk')
  expect(await readHead(repo)).toBe('refs/heads/trunk')
  await push(world.store, repo, null, [client.create(MAIN, oid)])
  expect(await readHead(repo)).toBe('refs/heads/trunk')
  expect(await world.store.followHead(repo, [MAIN])).toBeNull()
})

test('HEAD stays when no branch came, or when its own did', async () => {
  expect(await readHead((await pushed('refs/tags/v1')).repo)).toBe(MAIN)
  const [repo, client] = [await world.newRepo(), await world.newClient()]
  const oid = client.commit('one')
  const updates = [client.create('refs/heads/aaa', oid), client.create(MAIN, oid)]
  await push(world.store, repo, client.pack([oid]), updates)
  expect(await readHead(repo)).toBe(MAIN)
})

test('setting HEAD waits for git’s own lock, and gives up with a conflict', async () => {
  const repo = await world.newRepo()
  await setHead(repo, 'refs/heads/other' as RefName)
  expect(git(repo.path, ['symbolic-ref', 'HEAD']).toString()).toBe('refs/heads/other\n')
  await writeFile(`${repo.path}/HEAD.lock`, '')
  await expect(setHead(repo, MAIN)).rejects.toMatchObject({ code: 'CONFLICT' })
})

/** The summary once by loose objects and once by git, which must agree. */
async function described(repo: RepoHandle, client: Client, update: RefUpdate): Promise<MovedRef | undefined> {
  const has = /^0+$/.test(update.oldOid) ? [] : [update.oldOid]
  const filler = Array.from(
    { length: 110 },
    (_, i) => client.git(['hash-object', '-w', '--stdin'], `filler ${i}`) as Oid,
  )
  const summaries = []
  for (const extra of [[], filler]) {
    await using quarantine = world.store.openQuarantine(repo)
    await quarantine.receive(Readable.from([client.pack([update.newOid, ...extra], has)]), {})
    const before = world.launcher.started
    summaries.push((await quarantine.describe([update]))[0])
    if (extra.length === 0) expect(world.launcher.started).toBe(before)
    else expect(world.launcher.started).toBeGreaterThan(before)
  }
  expect(summaries[0]).toEqual(summaries[1])
  return summaries[0]
}

test('a small push is summarised without a process, with the words that git would use', async () => {
  const { repo, client, oid } = await pushed(MAIN)
  let tip = oid
  for (let i = 0; i < 25; i++)
    tip = client.commit(`Commit ${i} – ü\n\nBody ${i}\n\n`, { parents: [tip], content: 'same' })
  const update = await described(repo, client, { ref: MAIN, oldOid: oid, newOid: tip })
  expect(update).toMatchObject({ ref: MAIN, oldOid: oid, newOid: tip, kind: 'update', total: 25 })
  expect(update?.commits).toHaveLength(20)
  expect(update?.commits[0]).toEqual({
    sha: tip,
    message: 'Commit 24 – ü\n\nBody 24',
    author: { name: 'Ada', email: 'ada@example.org' },
  })
  const created = await described(repo, client, client.create('refs/heads/new', tip))
  expect(created).toMatchObject({ kind: 'create', total: 25 })
  const unrelated = client.commit('root')
  const forced = await described(repo, client, { ref: MAIN, oldOid: oid, newOid: unrelated })
  expect(forced).toMatchObject({ kind: 'force', total: 1 })
})

test('deletes, tags, rewinds and merges are told apart', async () => {
  const { repo, client, oid } = await pushed(MAIN)
  const left = client.commit('left', { parents: [oid] })
  const right = client.commit('right', { parents: [oid] })
  const merge = client.commit('merge', { parents: [left, right] })
  const tag = client.git(
    ['mktag'],
    `object ${oid}\ntype commit\ntag v1\ntagger A <a@b> 0 +0000\n\nx\n`,
  ) as Oid
  await push(world.store, repo, client.pack([left]), [client.create('refs/heads/left', left)])
  await using quarantine = world.store.openQuarantine(repo)
  await quarantine.receive(Readable.from([client.pack([merge, tag], [oid])]), {})
  const kinds = await quarantine.describe([
    client.delete('refs/heads/left', left),
    client.create('refs/tags/v1', tag),
    { ref: 'refs/heads/left' as RefName, oldOid: left, newOid: oid },
    { ref: MAIN, oldOid: oid, newOid: merge },
    client.create('refs/heads/again', left),
    client.create('refs/other/tag', tag),
  ])
  expect(kinds.map(({ kind, total }) => [kind, total])).toEqual([
    ['delete', 0],
    ['create', 0],
    ['force', 0],
    ['update', 3],
    ['create', 0],
    ['create', 0],
  ])
})

test('a quarantine left by a crash is resumed by name and finished, also when it was half migrated', async () => {
  const { repo, client, oid } = await pushed(MAIN)
  const tip = client.commit('late', { parents: [oid] })
  const lost = world.store.openQuarantine(repo)
  await lost.receive(Readable.from([client.pack([tip], [oid])]), {})
  await lost.sync()
  const name = lost.name ?? ''
  const directory = `${incomingDirectory(world.root)}/${name}`
  const [first = ''] = (await readdir(directory)).filter((entry) => entry.length === 2)
  const [object = ''] = await readdir(join(directory, first))
  await mkdir(join(repo.path, 'objects', first), { recursive: true })
  await writeFile(join(repo.path, 'objects', first, object), await readFile(join(directory, first, object)))

  await using quarantine = world.store.resumeQuarantine(repo, name)
  expect(quarantine.name).toBe(name)
  await quarantine.migrate()
  await quarantine.migrate()
  await using refs = quarantine.beginRefTransaction([{ ref: MAIN, oldOid: oid, newOid: tip }])
  expect(await refs.prepare()).toEqual([])
  await refs.commit()
  await world.store.syncRefs(repo, [MAIN])
  expect(git(repo.path, ['fsck', '--full']).toString()).toBe('')
})

test.each(['../../etc', 'a/b', '/1', 'a/1/2', ''])('a quarantine cannot be called %j', async (name) => {
  const repo = await world.newRepo()
  expect(() => world.store.resumeQuarantine(repo, name)).toThrow('not found')
})

test('a sweep removes what dead servers left, and keeps the wanted and the living', async () => {
  const root = join(world.root, 'swept')
  const incoming = incomingDirectory(root)
  const self = newInstanceName()
  const host = hostname().replace(/[^A-Za-z0-9]+/g, '_')
  const dead = `${host}-4194305-abcdef` // above any process id
  const restarted = `${host}-${process.pid}-abcdef`
  const living = `${host}-1-abcdef`
  const [abroad, forgotten] = ['elsewhere-5-abcdef', 'elsewhere-6-abcdef']
  for (const instance of [self, dead, restarted, living, abroad, forgotten])
    for (const name of ['1', '2']) await mkdir(join(incoming, instance, name, 'pack'), { recursive: true })
  await symlink(join(incoming, dead, '1'), join(incoming, dead, 'view-1'))
  for (const name of ['1', '2']) await writeFile(join(incoming, dead, `${name}.pack-ab.idx`), '')
  await utimes(join(incoming, forgotten), 0, 0)
  const removed = await sweepQuarantines(root, self, [`${dead}/2`])
  expect(removed.sort()).toEqual(
    [
      `${dead}/1`,
      `${dead}/1.pack-ab.idx`,
      `${dead}/view-1`,
      ...[forgotten, restarted].flatMap((i) => [`${i}/1`, `${i}/2`]),
    ].sort(),
  )
  expect((await readdir(incoming)).sort()).toEqual([self, dead, living, abroad].sort())
  expect((await readdir(join(incoming, dead))).sort()).toEqual(['2', '2.pack-ab.idx'])
  expect(await sweepQuarantines(join(root, 'nowhere'), self, [])).toEqual([])
})
