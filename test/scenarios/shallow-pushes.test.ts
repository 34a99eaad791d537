/** Pushes out of clones whose history is cut off: taken and refused as git's own server takes and refuses them. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Actor } from '../support/actor.ts'
import { openGitHost, type GitHost } from '../support/git-host.ts'
import { metric } from '../support/metric.ts'
import { world, type World } from '../support/world.ts'

const STOCK = 'acme/app'

let w: World
let stock: GitHost
let agent: Actor
/** Address of the same repository on each server. */
let ours: string
let theirs: string
beforeAll(async () => {
  w = await world()
  stock = await openGitHost({ isOpen: true })
  agent = await w.actor('agent', { accountId: w.owner.accountId })
  ours = w.repo.url
  theirs = await newStock(STOCK)
  await agent.start(ours)
  await agent.commit('a.txt', '1\n')
  await agent.ok('checkout', '-q', '-b', 'side')
  await agent.commit('b.txt', '2\n')
  await agent.ok('checkout', '-q', 'main')
  await agent.commit('a.txt', '3\n')
  await agent.ok('merge', '-q', '--no-ff', '-m', 'merge', 'side')
  await agent.commit('a.txt', '4\n')
  for (const url of [ours, theirs]) await agent.ok('push', '-q', url, 'main')
})
afterAll(async () => {
  await w[Symbol.asyncDispose]()
  await stock[Symbol.asyncDispose]()
})

async function newStock(name: string): Promise<string> {
  const url = await stock.create(name)
  await stock.git(name, 'config', 'http.receivepack', 'true')
  return url
}

/** Exit code, and a line for each ref. @see git-push(1), --porcelain */
async function push(url: string, clone: string, refspecs: readonly string[]): Promise<string[]> {
  const run = await agent.git('-C', clone, 'push', '--porcelain', url, ...refspecs)
  return [String(run.code), ...run.stdout.split('\n').filter((line) => /^[ +*!=-]\t/.test(line))]
}

test.each([
  ['one more commit', ['commit --allow-empty -m new'], ['HEAD:main']],
  ['a new branch', ['commit --allow-empty -m new'], ['HEAD:refs/heads/new']],
  ['a tag of the commit at which the history is cut off', ['tag -a -m tag v1'], ['v1']],
  [
    'another commit in place of that one, by force',
    ['commit --amend --allow-empty -m other'],
    ['+HEAD:main'],
  ],
  ['a branch without a history', ['checkout -q --orphan alone', 'commit -q -m alone'], ['alone']],
] as const)('%s: taken without a git, with the same result as by git', async (what, commands, refspecs) => {
  const copy = what.replace(/\W+/g, '-')
  await agent.ok('clone', '-q', '--depth=1', ours, copy)
  for (const command of commands) await agent.ok('-C', copy, ...command.split(' '))
  const taken = await metric(w.url, 'sluice_small_pushes_taken_total')
  const answer = await push(ours, copy, refspecs)
  expect(await metric(w.url, 'sluice_small_pushes_taken_total')).toBe(taken + 1)
  expect(answer).toEqual(await push(theirs, copy, refspecs))
  const refs = await w.onServer('for-each-ref', '--format=%(refname) %(objectname)')
  expect(refs.stdout.trim().split('\n')).toEqual(await stock.refs(STOCK))
  expect((await w.onServer('fsck', '--strict', '--no-dangling')).output).toBe('')
})

test('a history that is cut off is not taken by a server that does not have the rest of it', async () => {
  await agent.ok('clone', '-q', '--depth=1', '--branch=new', ours, 'cut')
  const empty = { ours: await w.createRepo('empty'), theirs: await newStock('acme/empty') }
  const refspecs = ['HEAD:refs/heads/main', 'HEAD:refs/heads/other']
  const refused = (refs: string[]) =>
    refs.map((ref) => expect.stringMatching(`^!\t${ref}\t\\[remote rejected\\]`))
  for (const url of [empty.ours.url, empty.theirs])
    expect(await push(url, 'cut', refspecs)).toEqual(['1', ...refused(refspecs)])
  w.repo = empty.ours
  expect((await w.onServer('for-each-ref')).output).toBe('')
  expect((await w.onServer('count-objects', '-v')).stdout).toMatch(/^count: 0$[^]*^in-pack: 0$/m)
})
