/** Clones that take only a part of the history, or of its contents. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Actor } from '../support/actor.ts'
import { world, type World } from '../support/world.ts'

/** One server with a history, which the stories that only read share. */
let w: World
let commits: readonly string[]
beforeAll(async () => {
  w = await world()
  commits = await fiveCommits()
})
afterAll(() => w[Symbol.asyncDispose]())

/** Writes to the shared repository, from a directory of his own. */
function agent(): Promise<Actor> {
  return w.actor('agent', { accountId: w.owner.accountId })
}

const MISSING = ['rev-list', '--objects', '--missing=print', '--all']

/** Five commits on `main`, each with one more file; `side` beside them. */
async function fiveCommits(): Promise<string[]> {
  await w.agent.start(w.repo.url)
  const made: string[] = []
  for (let i = 1; i <= 5; i++) made.push(await w.agent.commit(`dir/${i}.txt`, 'x'.repeat(i * 100)))
  await w.agent.ok('push', '-q', 'origin', 'main', 'main~2:refs/heads/side')
  return made
}

/** Ids of objects that the clone knows of and has not. */
async function missingIn(who: Actor, clone: string): Promise<string[]> {
  const listed = await who.ok('-C', clone, ...MISSING)
  return listed.split('\n').filter((line) => line.startsWith('?'))
}

test.for(['0', '1', '2'])('a shallow clone takes one commit and can be deepened (v%s)', async (version) => {
  const who = await agent()
  const protocol = ['-c', `protocol.version=${version}`]
  const count = () => who.ok('-C', 'copy', 'rev-list', '--count', 'HEAD')
  await who.ok(...protocol, 'clone', '-q', '--depth=1', w.repo.url, 'copy')
  expect(await who.ok('-C', 'copy', 'rev-parse', 'HEAD')).toBe(commits[4])
  expect(await count()).toBe('1')
  await who.ok('-C', 'copy', ...protocol, 'fetch', '-q', '--deepen=2', 'origin')
  expect(await count()).toBe('3')
  await who.ok('-C', 'copy', ...protocol, 'fetch', '-q', '--unshallow', 'origin')
  expect(await count()).toBe('5')
})

test('a clone can be cut off at a date or at a branch', async () => {
  const who = await agent()
  const { url } = await w.createRepo('dated')
  await who.start(url)
  for (const year of ['2001', '2002', '2003']) {
    const env = { GIT_COMMITTER_DATE: `${year}-06-01T00:00:00Z`, GIT_AUTHOR_DATE: `${year}-06-01T00:00:00Z` }
    await who.gitWith({ env }, 'commit', '-q', '--allow-empty', '-m', year)
  }
  await who.ok('push', '-q', 'origin', 'main', 'main~2:refs/heads/old')
  await who.ok('clone', '-q', '--shallow-since=2002-01-01', url, 'since')
  expect(await who.ok('-C', 'since', 'log', '--format=%s')).toBe('2003\n2002')
  await who.ok('clone', '-q', '--single-branch', '--shallow-exclude=old', url, 'without')
  expect(await who.ok('-C', 'without', 'log', '--format=%s')).toBe('2003\n2002')
})

test('a single-branch clone takes no other branch', async () => {
  const who = await agent()
  await who.ok('clone', '-q', '--single-branch', '--branch', 'side', w.repo.url, 'copy')
  expect(await who.ok('-C', 'copy', 'branch', '-r')).toBe('origin/side')
  expect(await who.ok('-C', 'copy', 'rev-list', '--count', '--all')).toBe('3')
})

test('a clone without blobs fetches them when they are needed', async () => {
  const who = await agent()
  await who.ok('clone', '-q', '--no-checkout', '--filter=blob:none', w.repo.url, 'copy')
  expect(await missingIn(who, 'copy')).toHaveLength(5)
  expect(await who.ok('-C', 'copy', 'show', 'HEAD:dir/3.txt')).toHaveLength(300)
  expect(await missingIn(who, 'copy')).toHaveLength(4)
  await who.ok('-C', 'copy', 'checkout', '-q', 'main')
  expect(await missingIn(who, 'copy')).toHaveLength(0)
})

test('a clone with a limit on blobs leaves the larger ones out', async () => {
  const who = await agent()
  await who.ok('clone', '-q', '--no-checkout', '--filter=blob:limit=250', w.repo.url, 'copy')
  expect(await missingIn(who, 'copy')).toHaveLength(3)
})

test('a clone without trees fetches them when they are needed', async () => {
  const who = await agent()
  await who.ok('clone', '-q', '--no-checkout', '--filter=tree:0', w.repo.url, 'copy')
  expect(await missingIn(who, 'copy')).toHaveLength(5)
  expect(await who.ok('-C', 'copy', 'ls-tree', '--name-only', 'HEAD', 'dir/')).toContain('dir/5.txt')
})

test('what is committed in a shallow or a partial clone can be pushed', async () => {
  const who = await agent()
  for (const how of ['--depth=1', '--filter=blob:none', '--filter=tree:0']) {
    const copy = `copy${how.replace(/\W/g, '-')}`
    await who.ok('clone', '-q', how, w.repo.url, copy)
    await who.ok('-C', copy, 'commit', '-q', '--allow-empty', '-m', how)
    await who.ok('-C', copy, 'push', '-q', 'origin', `HEAD:refs/heads/from-${copy}`)
  }
  expect((await w.onServer('fsck', '--strict')).output).not.toMatch(/missing|broken|error/)
})
