/** The door, before a pack is read: which refs a push may name, and in what combination. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { FLUSH, pktLine } from '../../src/git/wire/pkt-line.ts'
import { runGit } from '../support/actor.ts'
import { raw } from '../support/raw-git.ts'
import { workbench } from '../support/workbench.ts'
import { world, type World } from '../support/world.ts'

let w: World
beforeAll(async () => {
  w = await world()
})
afterAll(() => w[Symbol.asyncDispose]())

const NAMES = [
  'refs/heads/good',
  'refs/heads/ünï-cödé',
  'refs/heads/-dash',
  'refs/heads/a/b/c',
  'refs/changes/01/1',
  'refs/heads/a..b',
  'refs/heads/.hidden',
  'refs/heads/x.lock',
  'refs/heads/x.lock/y',
  'refs/heads/ends.',
  'refs/heads/a//b',
  'refs/heads/a/',
  'refs/heads/sp ace',
  'refs/heads/col:on',
  'refs/heads/que?ry',
  'refs/heads/st*ar',
  'refs/heads/br[acket',
  'refs/heads/back\\slash',
  'refs/heads/til~de',
  'refs/heads/car^et',
  'refs/heads/at@{brace',
  'refs/../../../../escaped',
  'HEAD',
  'heads/short',
  '@',
]

test('a ref is refused exactly when git check-ref-format refuses its name, or it is not below refs/', async () => {
  const b = await workbench(w)
  const head = await b.agent.commit('a.txt', 'one\n')
  const pack = await b.agent.pack(head)
  const { report } = await b.push({ updates: NAMES.map((ref) => ({ ref, new: head })), pack })
  for (const [i, name] of NAMES.entries()) {
    const git = await runGit(['check-ref-format', name], { cwd: b.agent.dir })
    const isGood = git.code === 0 && name.startsWith('refs/')
    expect(report[i + 1]).toBe(isGood ? `ok ${name}` : `ng ${name} invalid ref name`)
  }
  expect(Object.keys(await b.refs())).toEqual(NAMES.slice(0, 5).toSorted())
})

test('a control character in a name makes the whole request malformed', async () => {
  const b = await workbench(w)
  const head = await b.agent.commit('a.txt', 'one\n')
  const updates = [{ ref: 'refs/heads/a\x07b', new: head }]
  expect((await b.pushRaw({ updates, pack: await b.agent.pack(head) })).status).toBe(400)
})

test('the server’s own refs are not written by a push', async () => {
  const b = await workbench(w)
  const head = await b.agent.commit('a.txt', 'one\n')
  for (const ref of ['refs/internal/x', 'refs/pull/1/head', 'refs/quarantine/x']) {
    const pushed = await b.agent.git('push', 'origin', `main:${ref}`)
    expect(pushed.output).toContain(`! [remote rejected] main -> ${ref} (reserved ref)`)
  }
  expect(await b.has(head)).toBe(false)
})

test('a ref that is named twice is moved by neither of the two', async () => {
  const b = await workbench(w)
  const one = await b.agent.commit('a.txt', 'one\n')
  const two = await b.agent.commit('a.txt', 'two\n')
  const ref = 'refs/heads/main'
  const { report } = await b.push({
    updates: [
      { ref, new: one },
      { ref, new: two },
    ],
    pack: await b.agent.pack(two),
  })
  expect(report).toEqual(['unpack ok', ...Array(2).fill(`ng ${ref} ref named twice in one push`)])
  expect(await b.refs()).toEqual({})
})

test('an update from nothing to nothing is refused', async () => {
  const b = await workbench(w)
  const { report } = await b.push({ updates: [{ ref: 'refs/heads/main' }] })
  expect(report).toEqual(['unpack ok', 'ng refs/heads/main neither old nor new value'])
})

test('ids of the other object format are refused', async () => {
  const b = await workbench(w)
  const updates = [{ ref: 'refs/heads/main', old: '0'.repeat(64), new: 'a'.repeat(64) }]
  const { report } = await b.push({ updates })
  expect(report).toEqual(['unpack ok', 'ng refs/heads/main object id of another object format'])
})

test('more than 10,000 commands, or more than 1 MiB of them, are too many', async () => {
  const b = await workbench(w)
  const updates = (count: number, name = '') =>
    Array.from({ length: count }, (_, i) => ({ ref: `refs/heads/${name}${i}`, old: 'a'.repeat(40) }))
  expect((await b.pushRaw({ updates: updates(10_001) })).status).toBe(400)
  expect((await b.pushRaw({ updates: updates(1_100, 'x'.repeat(900)) })).status).toBe(400)
  const { report } = await b.push({ updates: updates(10_000) })
  expect(report).toHaveLength(10_001)
})

test('a packet length is checked before it is believed', async () => {
  const b = await workbench(w)
  const url = `${b.repo.url}/git-receive-pack`
  for (const body of ['fff1', 'ffff', 'zzzz', '0003', '00', '0010short']) {
    expect((await raw(b.agent, url, { body })).status, body).toBe(400)
  }
})

test('a signed push is not offered', async () => {
  const b = await workbench(w)
  await b.agent.commit('a.txt', 'one\n')
  expect((await b.agent.git('push', '--signed', 'origin', 'main')).output).toContain(
    'does not support --signed',
  )
  const body = Buffer.concat([pktLine('push-cert\0push-cert\n'), pktLine('certificate version 0.1\n'), FLUSH])
  expect((await raw(b.agent, `${b.repo.url}/git-receive-pack`, { body })).status).toBe(400)
})

test('branches and tags are deleted', async () => {
  const b = await workbench(w)
  await b.agent.commit('a.txt', 'one\n')
  await b.agent.ok('tag', 'v1')
  await b.agent.ok('push', '-q', 'origin', 'main', 'main:gone', 'v1')
  const deleted = await b.agent.git('push', 'origin', ':gone', ':v1')
  expect(deleted.output).toMatch(/- \[deleted\] +gone/)
  expect(Object.keys(await b.refs())).toEqual(['refs/heads/main'])
})

test('a ref that is not there cannot be deleted', async () => {
  const b = await workbench(w)
  const { report } = await b.push({ updates: [{ ref: 'refs/heads/none', old: 'a'.repeat(40) }] })
  expect(report).toEqual(['unpack ok', 'ng refs/heads/none stale info; fetch first'])
})

test('a branch is rewritten by force, and only by force', async () => {
  const b = await workbench(w)
  await b.agent.commit('a.txt', 'one\n')
  await b.agent.ok('push', '-q', 'origin', 'main')
  await b.agent.ok('commit', '-q', '--amend', '-m', 'another')
  expect((await b.agent.git('push', 'origin', 'main')).output).toContain('[rejected]')
  const forced = await b.agent.git('push', '--force-with-lease', 'origin', 'main')
  expect(forced.output).toContain('(forced update)')
  expect((await b.refs())['refs/heads/main']).toBe(await b.agent.ok('rev-parse', 'main'))
})

test('an atomic push moves nothing when one of its refs is refused', async () => {
  const b = await workbench(w)
  const head = await b.agent.commit('a.txt', 'one\n')
  const pushed = await b.agent.git('push', '--atomic', 'origin', 'main', 'main:refs/internal/x')
  expect(pushed.output).toContain('! [remote rejected] main -> refs/internal/x (reserved ref)')
  expect(pushed.output).toContain('! [remote rejected] main -> main (atomic push failed)')
  expect(await b.refs()).toEqual({})
  expect(await b.has(head)).toBe(false)
})

test('an atomic push of good refs moves all of them', async () => {
  const b = await workbench(w)
  const head = await b.agent.commit('a.txt', 'one\n')
  await b.agent.ok('push', '-q', '--atomic', 'origin', 'main', 'main:other')
  expect(await b.refs()).toEqual({ 'refs/heads/main': head, 'refs/heads/other': head })
})

test('without atomic the good refs land and the others are refused', async () => {
  const b = await workbench(w)
  const head = await b.agent.commit('a.txt', 'one\n')
  const pushed = await b.agent.git('push', 'origin', 'main', 'main:refs/internal/x')
  expect(pushed.output).toContain('* [new branch]      main -> main')
  expect(pushed.output).toContain('! [remote rejected] main -> refs/internal/x (reserved ref)')
  expect(await b.refs()).toEqual({ 'refs/heads/main': head })
})

test('a stale old value refuses that ref alone', async () => {
  const b = await workbench(w)
  const one = await b.agent.commit('a.txt', 'one\n')
  await b.agent.ok('push', '-q', 'origin', 'main')
  const two = await b.agent.commit('a.txt', 'two\n')
  const { report, progress } = await b.push({
    updates: [
      { ref: 'refs/heads/main', old: 'a'.repeat(40), new: two },
      { ref: 'refs/heads/fresh', new: two },
    ],
    pack: await b.agent.pack(two, one),
  })
  expect(report).toEqual(['unpack ok', 'ng refs/heads/main stale info; fetch first', 'ok refs/heads/fresh'])
  expect(progress).toContain('git fetch, then push again')
  expect(await b.refs()).toEqual({ 'refs/heads/main': one, 'refs/heads/fresh': two })
})

test('a branch that exists cannot be created again', async () => {
  const b = await workbench(w)
  const one = await b.agent.commit('a.txt', 'one\n')
  await b.agent.ok('push', '-q', 'origin', 'main')
  const { report } = await b.push({ updates: [{ ref: 'refs/heads/main', new: one }] })
  expect(report[1]).toBe('ng refs/heads/main stale info; fetch first')
})

test('a branch cannot stand where another one has its directory, nor the other way round', async () => {
  const b = await workbench(w)
  const head = await b.agent.commit('a.txt', 'one\n')
  await b.agent.ok('push', '-q', 'origin', 'main:a', 'main:b/c')
  for (const name of ['a/b', 'b']) {
    const pushed = await b.agent.git('push', 'origin', `main:refs/heads/${name}`)
    expect(pushed.output).toContain(
      `! [remote rejected] main -> ${name} (ref name conflicts with another ref)`,
    )
  }
  expect(await b.refs()).toEqual({ 'refs/heads/a': head, 'refs/heads/b/c': head })
})

test('two branches of one push that stand in each other’s way do not both land', async () => {
  const b = await workbench(w)
  await b.agent.commit('a.txt', 'one\n')
  const pushed = await b.agent.git('push', 'origin', 'main:refs/heads/x', 'main:refs/heads/x/y', 'main:fine')
  expect(pushed.output).toContain('ref name conflicts with another ref')
  expect(pushed.output).toContain('* [new branch]      main -> fine')
  expect((await b.onServer('fsck', '--strict')).code).toBe(0)
})

test('a branch points at a commit; a tag at anything', async () => {
  const b = await workbench(w)
  await b.agent.commit('a.txt', 'one\n')
  const blob = await b.agent.ok('rev-parse', 'main:a.txt')
  const { report } = await b.push({
    updates: [
      { ref: 'refs/heads/blob', new: blob },
      { ref: 'refs/tags/blob', new: blob },
    ],
    pack: await b.agent.pack(blob),
  })
  expect(report).toEqual([
    'unpack ok',
    'ng refs/heads/blob a branch must point at a commit',
    'ok refs/tags/blob',
  ])
})

test('HEAD follows the first branch when the default one does not exist, and stays from then on', async () => {
  const b = await workbench(w)
  await b.agent.commit('a.txt', 'one\n')
  await b.agent.ok('push', '-q', 'origin', 'main:trunk')
  expect(await b.agent.ok('ls-remote', '--symref', 'origin', 'HEAD')).toContain('ref: refs/heads/trunk\tHEAD')
  await b.agent.ok('push', '-q', 'origin', 'main')
  expect(await b.agent.ok('ls-remote', '--symref', 'origin', 'HEAD')).toContain('ref: refs/heads/trunk\tHEAD')
  expect((await b.pushes()).map((event) => event.data.headMovedTo)).toEqual(['trunk', undefined])
})

test('an archived repository takes no push until it is un-archived', async () => {
  const b = await workbench(w)
  const head = await b.agent.commit('a.txt', 'one\n')
  const turn = (verb: string) =>
    w.owner.fetch(`${w.url}/repos/by-id/${b.repo.id}/${verb}`, { method: 'POST' })
  expect((await turn('archive')).status).toBe(200)
  const refused = await b.agent.git('push', 'origin', 'main')
  expect(refused.output).toContain('remote: repository is archived')
  const { report } = await b.push({
    updates: [{ ref: 'refs/heads/main', new: head }],
    pack: await b.agent.pack(head),
  })
  expect(report).toEqual(['unpack ok', 'ng refs/heads/main archived'])
  expect((await b.agent.git('ls-remote', 'origin')).code).toBe(0)
  await turn('unarchive')
  expect((await b.agent.git('push', 'origin', 'main')).code).toBe(0)
})

test('an agent that pushes with -o json reads the verdict on each ref as JSON', async () => {
  const b = await workbench(w)
  await b.agent.commit('a.txt', 'one\n')
  const pushed = await b.agent.git('push', '-o', 'json', 'origin', 'main', 'main:refs/internal/x')
  const lines = pushed.stderr.split('\n').filter((line) => line.startsWith('remote: {'))
  expect(lines.map((line) => JSON.parse(line.slice('remote: '.length)) as unknown)).toEqual([
    { ref: 'refs/heads/main', ok: true },
    {
      ref: 'refs/internal/x',
      ok: false,
      code: 'REF_RESERVED',
      reason: 'reserved ref',
      hint: expect.stringContaining('kept by the server') as string,
    },
  ])
})
