/** The door, while objects are in quarantine: what is taken in, what is refused, and that nothing stays. */
import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { aroundQuarantine, happening, overlay } from '../support/between.ts'
import { commandBody, raw } from '../support/raw-git.ts'
import { workbench, type Workbench } from '../support/workbench.ts'
import { world, type World } from '../support/world.ts'

let w: World
beforeAll(async () => {
  w = await world()
})
afterAll(() => w[Symbol.asyncDispose]())

/** A token that may change files below `docs/` only, which is looked at in quarantine. */
const DOCS_ONLY = {
  authorizationDetails: [
    { type: 'git_repository', identifier: 'acme/app', actions: ['write'], paths: ['docs/**'] },
  ],
}

/** Runs git in the agent's work tree with this input, and returns what it prints. */
async function made(b: Workbench, input: string, ...args: string[]): Promise<string> {
  const run = await b.agent.gitWith({ input }, ...args)
  expect(run.output).toMatch(/^[0-9a-f]{40}$/m)
  return run.stdout.trim()
}

test('a push is unpacked, whether it has one object, a hundred or a thousand', async () => {
  const b = await workbench(w)
  for (const count of [1, 100, 1_000]) {
    for (let i = 0; i < count; i++) await b.agent.write(`${count}/${i}`, `${count} ${i}\n`)
    await b.agent.ok('add', String(count))
    const head = await b.agent.commit(`${count}.txt`, 'x')
    await b.agent.ok('push', '-q', 'origin', 'main')
    expect(await b.has(head)).toBe(true)
  }
  expect((await b.onServer('fsck', '--strict', '--full')).output).not.toMatch(/missing|error|dangling/)
})

test('a thin pack is completed from what the repository has', async () => {
  const b = await workbench(w)
  const lines = Array.from({ length: 3_000 }, () => randomBytes(12).toString('hex'))
  await b.agent.commit('big.txt', lines.join('\n'))
  await b.agent.ok('push', '-q', 'origin', 'main')
  const head = await b.agent.commit('big.txt', [...lines, 'one more'].join('\n'))
  expect((await b.agent.pack(head, `${head}~1`)).length).toBeLessThan(5_000)
  await b.agent.ok('push', '-q', 'origin', 'main')
  expect((await b.onServer('fsck', '--strict', '--full')).code).toBe(0)
})

test('a pack that is damaged is refused with the reason, and leaves nothing', async () => {
  const b = await workbench(w)
  const head = await b.agent.commit('a.txt', 'one\n'.repeat(50))
  const whole = await b.agent.pack(head)
  const damaged = Buffer.from(whole)
  damaged.writeUInt8(damaged.readUInt8(40) ^ 0xff, 40)
  const packs = [
    damaged,
    whole.subarray(0, whole.length - 30),
    Buffer.from('no pack at all'),
    Buffer.alloc(0),
  ]
  for (const pack of packs) {
    const { report } = await b.push({ updates: [{ ref: 'refs/heads/main', new: head }], pack })
    expect(report[0]).toMatch(/^unpack (?!ok)/)
    expect(report[1]).toMatch(/^ng refs\/heads\/main (unpacker error|missing necessary objects)$/)
  }
  expect(await b.refs()).toEqual({})
  expect(await b.stored()).toEqual([])
})

test('a pack that lacks what its commits need is refused', async () => {
  const b = await workbench(w)
  const base = await b.agent.commit('a.txt', 'one\n')
  const head = await b.agent.commit('b.txt', 'two\n')
  const pack = await b.agent.pack(head, base)
  const { report, progress } = await b.push({ updates: [{ ref: 'refs/heads/main', new: head }], pack })
  expect(report.join('\n')).toMatch(/missing necessary objects|unresolved/)
  expect(report[1]).toMatch(/^ng /)
  expect(progress).not.toContain(b.repo.path)
  expect(await b.stored()).toEqual([])
})

test('a ref cannot be pointed at an object that is not there', async () => {
  const b = await workbench(w)
  const head = await b.agent.commit('a.txt', 'one\n')
  const updates = [
    { ref: 'refs/heads/main', new: head },
    { ref: 'refs/heads/ghost', new: 'a'.repeat(40) },
  ]
  const { report } = await b.push({ updates, pack: await b.agent.pack(head) })
  expect(report[2]).toBe('ng refs/heads/ghost missing necessary objects')
  expect((await b.refs())['refs/heads/ghost']).toBeUndefined()
})

test.for([
  ['a tree with an entry .git', '100644 blob BLOB\t.git\n'],
  ['a tree with an entry .GIT', '100644 blob BLOB\t.GIT\n'],
  ['a tree with an entry that leads upwards', '100644 blob BLOB\t..\n'],
  ['a .gitmodules that is a symlink', '120000 blob BLOB\t.gitmodules\n'],
] as const)('%s is refused, and leaves nothing', async ([, listing]) => {
  const b = await workbench(w)
  const blob = await made(b, 'content', 'hash-object', '-w', '--stdin')
  const tree = await made(b, listing.replace('BLOB', blob), 'mktree')
  const commit = await made(b, 'bad\n', 'commit-tree', tree)
  const pushed = await b.agent.git('push', 'origin', `${commit}:refs/heads/main`)
  expect(pushed.output).toMatch(/! \[remote rejected\].*\(unpacker error\)/)
  expect(pushed.code).not.toBe(0)
  expect(await b.stored()).toEqual([])
})

test('a pack over the limit of the server is refused, and leaves nothing', async () => {
  await using small = await world({ settings: { SLUICE_MAX_PACK_BYTES: '1MiB' } })
  const b = await workbench(small)
  await b.agent.commit('big.bin', randomBytes(3 * 1024 * 1024))
  const pushed = await b.agent.git('push', 'origin', 'main')
  expect(pushed.output).toMatch(/! \[remote rejected\] main -> main/)
  expect(pushed.output).toMatch(/too large|exceeds|maximum/i)
  expect(await b.stored()).toEqual([])
})

test('a refusal that needs to see the objects leaves none of them behind', async () => {
  await using own = await world()
  const narrow = await own.actor('narrow', { accountId: own.owner.accountId, ...DOCS_ONLY })
  await narrow.start(own.repo.url)
  const head = await narrow.commit('src/a.txt', 'one\n')
  const pushed = await narrow.git('push', 'origin', 'main')
  expect(pushed.output).toContain('a changed path is not one of the allowed paths')
  expect(await own.has(head)).toBe(false)
  expect((await own.onServer('count-objects', '-v')).stdout).toMatch(/^count: 0\n[^]*in-pack: 0\n/)
  const fetched = await own.owner.git('ls-remote', own.repo.url)
  expect(fetched.stdout).toBe('')
})

test('a check that breaks refuses the push, and says nothing of how it broke', async () => {
  await using own = await world({
    between: aroundQuarantine(() => ({ git: () => Promise.reject(new Error('at /secret/place')) })),
  })
  const narrow = await own.actor('narrow', { accountId: own.owner.accountId, ...DOCS_ONLY })
  await narrow.start(own.repo.url)
  await narrow.commit('docs/a.txt', 'one\n')
  const pushed = await narrow.git('push', 'origin', 'main')
  expect(pushed.output).toContain('! [remote rejected] main -> main (refused: a check could not be made)')
  expect(pushed.output).not.toContain('secret')
  expect((await own.onServer('for-each-ref')).stdout).toBe('')
})

test('nobody sees objects or refs of a push that is still being checked', async () => {
  const arrived = happening()
  const goOn = happening()
  await using own = await world({
    between: aroundQuarantine((real) => ({
      checkConnectivity: async (tips, olds) => {
        arrived.happen()
        await goOn.happened
        await real.checkConnectivity(tips, olds)
      },
    })),
  })
  const b = await workbench(own)
  const head = await b.agent.commit('a.txt', 'one\n')
  const pushing = b.agent.git('push', 'origin', 'main')
  await arrived.happened
  expect(await own.owner.ok('ls-remote', b.repo.url)).toBe('')
  const fetched = await raw(own.owner, `${b.repo.url}/git-upload-pack`, {
    headers: { 'git-protocol': 'version=2' },
    body: commandBody('fetch', [`want ${head}`, 'done']),
  })
  expect(fetched.text).toContain('not our ref')
  goOn.happen()
  expect((await pushing).code).toBe(0)
  expect(await own.owner.ok('ls-remote', b.repo.url, 'main')).toContain(head)
})

test('when the objects cannot be moved in, no ref moves and the push may be sent again', async () => {
  let failures = 1
  await using own = await world({
    between: aroundQuarantine((real) => ({
      migrate: () => (failures-- > 0 ? Promise.reject(new Error('no space left')) : real.migrate()),
    })),
  })
  const b = await workbench(own)
  const head = await b.agent.commit('a.txt', 'one\n')
  const failed = await b.agent.git('push', 'origin', 'main')
  expect(failed.output).toContain('! [remote rejected] main -> main (internal error)')
  expect(failed.output).toContain('nothing was applied')
  expect(await b.refs()).toEqual({})
  await b.agent.ok('push', '-q', 'origin', 'main')
  expect(await b.refs()).toEqual({ 'refs/heads/main': head })
  expect(await b.pushes()).toHaveLength(1)
})

test('of a push that another server has taken over, as of a dead one, nobody says that it was not applied', async () => {
  await using own = await world({
    between: aroundQuarantine(() => ({
      migrate: async () => {
        await using database = await own.openDatabase()
        await database.kysely.deleteFrom('intents').execute()
        throw new Error('its objects are gone')
      },
    })),
  })
  const b = await workbench(own)
  await b.agent.commit('a.txt', 'one\n')
  const failed = await b.agent.git('push', 'origin', 'main')
  expect(failed.output).toContain('! [remote rejected] main -> main (outcome unknown)')
})

test('a ref that moves between the check and the lock refuses itself alone', async () => {
  let intrude = (): Promise<unknown> => Promise.resolve()
  await using own = await world({
    between: aroundQuarantine((real) => ({
      beginRefTransaction: (updates) => {
        const refs = real.beginRefTransaction(updates)
        return overlay(refs, { prepare: () => intrude().then(() => refs.prepare()) })
      },
    })),
  })
  const b = await workbench(own)
  const one = await b.agent.commit('a.txt', 'one\n')
  await b.agent.ok('push', '-q', 'origin', 'main', 'main:spare')
  await b.agent.commit('a.txt', 'two\n')
  await b.agent.ok('push', '-q', 'origin', 'main')
  const three = await b.agent.commit('a.txt', 'three\n')
  intrude = () => b.onServer('update-ref', 'refs/heads/main', one)
  const pushed = await b.agent.git('push', 'origin', 'main', 'main:other')
  expect(pushed.output).toContain('! [remote rejected] main -> main (stale info; fetch first)')
  expect(pushed.output).toContain('* [new branch]      main -> other')
  expect(await b.refs()).toMatchObject({ 'refs/heads/main': one, 'refs/heads/other': three })
})
