/** Protected branches, as those meet them who push, and as those get around them who would like to. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { apiPush } from '../../src/kernel/api-push.ts'
import type { Via } from '../../src/kernel/events.ts'
import { UNRESTRICTED } from '../../src/kernel/grants.ts'
import { zeroOid, type Oid, type RefName, type RepoId } from '../../src/kernel/ids.ts'
import { ANONYMOUS, INTERNAL, UPSTREAM, type Principal } from '../../src/kernel/principal.ts'
import { firstRefusal } from '../../src/kernel/refusal-error.ts'
import { updateRefs } from '../../src/kernel/update-refs.ts'
import { newId } from '../../src/kernel/uuid.ts'
import { Jobs } from '../../src/store/jobs/jobs.ts'
import { EventLog } from '../../src/store/log/events.ts'
import { Repositories } from '../../src/store/repositories.ts'
import type { Actor } from '../support/actor.ts'
import { workbench, type Workbench } from '../support/workbench.ts'
import { world, type World } from '../support/world.ts'

const ZERO = zeroOid('sha1')

let w: World
beforeAll(async () => {
  w = await world()
})
afterAll(() => w[Symbol.asyncDispose]())

function address(b: Workbench): string {
  return b.repo.url.replace(`${w.url}/`, `${w.url}/repos/`).replace(/\.git$/, '')
}

async function protect(b: Workbench, pattern: string, rule: object = {}): Promise<void> {
  const body = JSON.stringify(rule)
  const put = await w.owner.fetch(`${address(b)}/protections/${pattern}`, { method: 'PUT', body })
  if (!put.ok) throw new Error(`PUT protections: ${put.status} ${await put.text()}`)
}

/** Two commits on `main`. */
async function withHistory(): Promise<Workbench> {
  const b = await workbench(w)
  await b.agent.commit('a.txt', 'one\n')
  await b.agent.commit('a.txt', 'two\n')
  await b.agent.ok('push', '-q', 'origin', 'main')
  return b
}

/** A collaborator with the role of a writer and a work tree of `main`. */
async function writer(b: Workbench): Promise<Actor> {
  const actor = await w.actor('writer')
  const place = `${address(b)}/collaborators/${actor.accountId}`
  const put = await w.owner.fetch(place, { method: 'PUT', body: JSON.stringify({ role: 'writer' }) })
  expect(put.status).toBe(201)
  await actor.start(b.repo.url)
  await actor.ok('pull', '-q', 'origin', 'main')
  return actor
}

function refused(branch: string, why: string): string {
  return `! [remote rejected] main -> ${branch} (branch is protected: ${why})`
}

/** Moves `refs/heads/main` from inside the server, as roads do that bring what somebody decided. */
async function move(
  b: Workbench,
  how: { by: Principal; via: Via; from: string; to: string; role?: 'owner' | 'writer' },
) {
  await using database = await w.openDatabase()
  const events = new EventLog({ database, clock: Date, newId })
  const pathOf = w.sluice.pathOf
  const jobs = new Jobs({ database, events, clock: Date, newId })
  const parts = { database, events, jobs, clock: Date, newId, pathOf, surfaceOrg: 'surface' }
  const found = await new Repositories(parts).find({ kind: 'id', id: b.repo.id as RepoId }, null)
  if (!found) throw new Error('no such repository')
  const { repo } = found
  const resource = { ...found.resource, role: how.role ?? 'writer' }
  const update = { ref: 'refs/heads/main' as RefName, oldOid: how.from as Oid, newOid: how.to as Oid }
  const writes = { repo, resource, principal: how.by, agentId: null }
  const push = { ...apiPush(writes, { updates: [update], via: 'api' }), via: how.via }
  await using quarantine = w.sluice.door.store.openQuarantine(repo)
  const { results } = await updateRefs(w.sluice.door, push, quarantine, null)
  return firstRefusal(results)?.reason ?? 'moved'
}

function somebody(accountId = newId()): Principal {
  return { ...ANONYMOUS, kind: 'user', accountId, grants: UNRESTRICTED }
}

test('who may not push reads in the terminal why, and what to do instead; other branches are free', async () => {
  const b = await withHistory()
  await protect(b, 'main', { requirePullRequest: true })
  const head = await b.agent.commit('a.txt', 'three\n')
  const pushed = await b.agent.git('push', 'origin', 'main', 'main:free')
  expect(pushed.output).toContain(refused('main', 'needs a pull request'))
  expect(pushed.output).toContain(
    'remote: refs/heads/main: push to another branch and open a pull request, or ask an owner of the repository',
  )
  expect(pushed.output).toContain('* [new branch]      main -> free')
  expect((await b.refs())['refs/heads/free']).toBe(head)
})

test('a refused push starts no git and leaves no object', async () => {
  const b = await withHistory()
  await protect(b, '*', { push: 'none' })
  const head = await b.agent.commit('a.txt', 'three\n')
  const before = w.sluice.processesStarted()
  expect((await b.agent.git('push', 'origin', 'main')).output).toContain(refused('main', 'nobody may push'))
  expect(w.sluice.processesStarted()).toBe(before)
  expect(await b.has(head)).toBe(false)
})

test('a rule for owners lets owners push and no writer', async () => {
  const b = await withHistory()
  const ann = await writer(b)
  await protect(b, 'main', { push: 'owner' })
  await ann.commit('b.txt', 'mine\n')
  expect((await ann.git('push', 'origin', 'main')).output).toContain(refused('main', 'only owners may push'))
  await b.agent.commit('a.txt', 'three\n')
  expect((await b.agent.git('push', 'origin', 'main')).code).toBe(0)
})

test('a rule as it comes lets a branch grow, and neither be rewritten nor deleted, by its owner either', async () => {
  const b = await withHistory()
  await protect(b, 'main')
  await b.agent.commit('a.txt', 'three\n')
  expect((await b.agent.git('push', 'origin', 'main')).code).toBe(0)
  const head = (await b.refs())['refs/heads/main']
  await b.agent.ok('commit', '-q', '--amend', '-m', 'rewritten')
  const forced = await b.agent.git('push', '--force', 'origin', 'main')
  expect(forced.output).toContain('! [remote rejected] main -> main (branch is protected: no forced update)')
  const deleted = await b.agent.git('push', 'origin', ':main')
  expect(deleted.output).toContain('! [remote rejected] main (branch is protected: no deletion)')
  expect((await b.refs())['refs/heads/main']).toBe(head)
})

test('who is in `allow` is not bound, nor is his agent', async () => {
  const b = await withHistory()
  const ann = await writer(b)
  await protect(b, 'main', { push: 'none', requirePullRequest: true, allow: [ann.accountId] })
  await ann.ok('commit', '-q', '--amend', '-m', 'rewritten')
  expect((await ann.git('push', '--force', 'origin', 'main')).code).toBe(0)
  const from = (await b.refs())['refs/heads/main'] ?? ''
  const agent: Principal = { ...somebody(), kind: 'agent', actingFor: ann.accountId }
  expect(await move(b, { by: somebody(), via: 'git', from, to: ZERO })).toContain('no deletion')
  expect(await move(b, { by: agent, via: 'git', from, to: ZERO })).toBe('moved')
  await b.agent.commit('a.txt', 'three\n')
  expect((await b.agent.git('push', 'origin', 'main')).output).toContain('nobody may push')
})

test('of several rules that hold a branch each must agree', async () => {
  const b = await withHistory()
  await protect(b, 'release/*', { delete: true, force: true })
  await protect(b, '*/1')
  await b.agent.ok('push', '-q', 'origin', 'main:release/1', 'main:release/2')
  const deleted = await b.agent.git('push', 'origin', ':release/1', ':release/2')
  expect(deleted.output).toContain('! [remote rejected] release/1 (branch is protected: no deletion)')
  expect(deleted.output).toContain('- [deleted]         release/2')
})

test('to be in `allow` of one rule frees from that one only', async () => {
  const b = await withHistory()
  await protect(b, 'main', { push: 'none', allow: [b.agent.accountId] })
  await protect(b, 'm*', { push: 'none' })
  await b.agent.commit('a.txt', 'three\n')
  expect((await b.agent.git('push', 'origin', 'main')).output).toContain('nobody may push')
})

test('a branch that matches cannot be made by who may not push to it', async () => {
  const b = await withHistory()
  await protect(b, 'release/*', { push: 'none' })
  const pushed = await b.agent.git('push', 'origin', 'main:release/1')
  expect(pushed.output).toContain(refused('release/1', 'nobody may push'))
})

test('deleted and made anew, a branch is not rewritten-regression', async () => {
  const b = await withHistory()
  await protect(b, 'main', { delete: true })
  const deletedAt = (await b.refs())['refs/heads/main'] ?? ''
  await b.agent.ok('push', '-q', 'origin', ':main')
  await b.agent.ok('checkout', '-q', '-b', 'other', 'HEAD~1')
  const other = await b.agent.commit('b.txt', 'another history\n')
  const remade = await b.agent.git('push', 'origin', 'other:main')
  expect(remade.output).toContain(`it was deleted at ${deletedAt}, and must go on from there`)
  expect(await b.has(other)).toBe(false)
  await b.agent.ok('checkout', '-q', 'main')
  const grown = await b.agent.commit('a.txt', 'three\n')
  await b.agent.ok('push', '-q', 'origin', 'main')
  expect((await b.refs())['refs/heads/main']).toBe(grown)
})

test('a branch that only looks like a protected one, and a tag of its name, are free', async () => {
  const b = await withHistory()
  await protect(b, 'main', { push: 'none' })
  const pushed = await b.agent.git('push', 'origin', 'main:main2', 'main:a/main', 'main:refs/tags/main')
  expect(pushed.code).toBe(0)
})

test('one ref of an atomic push that is refused holds the others back', async () => {
  const b = await withHistory()
  await protect(b, 'main', { push: 'none' })
  await b.agent.commit('a.txt', 'three\n')
  const pushed = await b.agent.git('push', '--atomic', 'origin', 'main', 'main:free')
  expect(pushed.output).toContain('nobody may push')
  expect(Object.keys(await b.refs())).toEqual(['refs/heads/main'])
})

test('a rule counts from the next push on, in the middle of a connection, and ends with its removal', async () => {
  const b = await withHistory()
  for (const content of ['three\n', 'four\n']) {
    await protect(b, 'main', { push: 'none' })
    await b.agent.commit('a.txt', content)
    expect((await b.agent.git('push', 'origin', 'main')).code).toBe(1)
    await w.owner.fetch(`${address(b)}/protections/main`, { method: 'DELETE' })
    expect((await b.agent.git('push', 'origin', 'main')).code).toBe(0)
  }
})

test('a merge is no push past a pull request, and any other road is', async () => {
  const b = await withHistory()
  await protect(b, 'main', { requirePullRequest: true })
  const from = (await b.refs())['refs/heads/main'] ?? ''
  const to = await b.agent.commit('a.txt', 'three\n')
  await b.agent.ok('push', '-q', 'origin', 'main:topic')
  const by = somebody()
  expect(await move(b, { by, via: 'api', from, to })).toBe('branch is protected: needs a pull request')
  expect(await move(b, { by, via: 'upstream', from, to })).toContain('needs a pull request')
  expect(await move(b, { by, via: 'merge', from, to })).toBe('moved')
})

test('a merge still needs the role, and rewrites nothing', async () => {
  const b = await withHistory()
  await protect(b, 'main', { push: 'owner' })
  const from = (await b.refs())['refs/heads/main'] ?? ''
  const to = await b.agent.ok('rev-parse', 'HEAD~1')
  const by = somebody()
  expect(await move(b, { by, via: 'merge', from, to })).toContain('only owners may push')
  expect(await move(b, { by, via: 'merge', from, to, role: 'owner' })).toContain('no forced update')
})

test('the server itself is not bound, except where it brings what others decided; an upstream is not', async () => {
  const b = await withHistory()
  await protect(b, 'main')
  const from = (await b.refs())['refs/heads/main'] ?? ''
  const to = await b.agent.ok('rev-parse', 'HEAD~1')
  for (const via of ['upstream', 'nostr'] as const) {
    expect(await move(b, { by: INTERNAL, via, from, to })).toContain('no forced update')
    expect(await move(b, { by: INTERNAL, via, from, to: ZERO })).toContain('no deletion')
  }
  expect(await move(b, { by: INTERNAL, via: 'api', from, to })).toBe('moved')
  expect(await move(b, { by: UPSTREAM, via: 'upstream', from: to, to: ZERO })).toBe('moved')
})

test('rules that cannot be read refuse the push', async () => {
  await using alone = await world()
  await alone.agent.start(alone.repo.url)
  await alone.agent.commit('a.txt', 'one\n')
  await alone.agent.ok('push', '-q', 'origin', 'main')
  {
    await using database = await alone.openDatabase()
    await database.kysely.schema.alterTable('branch_protections').renameTo('gone').execute()
  }
  await alone.agent.commit('a.txt', 'two\n')
  const pushed = await alone.agent.git('push', 'origin', 'main')
  expect(pushed.output).toContain('! [remote rejected] main -> main (refused: a check could not be made)')
})
