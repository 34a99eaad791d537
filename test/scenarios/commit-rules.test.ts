/** What narrows a push narrows a commit by REST: it goes through the same door. */
import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Actor } from '../support/actor.ts'
import { workbench, type Workbench } from '../support/workbench.ts'
import { world, type World } from '../support/world.ts'

let w: World
beforeAll(async () => {
  w = await world()
})
afterAll(() => w[Symbol.asyncDispose]())

/** `main` with README.md and docs/a.md. */
async function withHistory(): Promise<Workbench> {
  const b = await workbench(w)
  await b.agent.commit('README.md', 'read me\n')
  await b.agent.commit('docs/a.md', 'a\n')
  await b.agent.ok('push', '-q', 'origin', 'main')
  return b
}

async function narrowed(b: Workbench, rules: object): Promise<Actor> {
  const detail = { type: 'git_repository', identifier: b.repo.id, actions: ['write'], ...rules }
  return b.another({ authorizationDetails: [detail] })
}

async function commit(b: Workbench, who: Actor, fields: Record<string, unknown>) {
  const body = JSON.stringify({ branch: 'main', message: 'a change', ...fields })
  const url = b.repo.url.replace(/^(https?:\/\/[^/]+)(.*)\.git$/, '$1/repos$2/commits')
  const answer = await who.fetch(url, { method: 'POST', body })
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  return { status: answer.status, json: (await answer.json()) as any }
}

const put = (path: string, content = 'x') => ({ action: 'put', path, content })

test('a token for some paths commits there and nowhere else, and nothing of a refused commit is stored', async () => {
  const b = await withHistory()
  const agent = await narrowed(b, { paths: ['docs/**'] })
  expect((await commit(b, agent, { changes: [put('docs/b.md')] })).status).toBe(201)
  const before = await b.stored()
  for (const changes of [
    [put('src/a.ts')],
    [put('docs/c.md'), put('README.md', 'other')],
    [{ action: 'delete', path: 'README.md' }],
    [{ action: 'move', from: 'README.md', path: 'docs/README.md' }],
    [{ action: 'move', from: 'docs', path: 'elsewhere' }],
    Array.from({ length: 40 }, (_, i) => put(`src/${i}`)),
  ]) {
    const refused = await commit(b, agent, { changes })
    expect([refused.status, refused.json.error.details.reason]).toEqual([
      403,
      'token does not allow this: a changed path is not one of the allowed paths',
    ])
  }
  expect(await b.stored()).toEqual(before)
  expect((await commit(b, agent, { changes: [{ action: 'delete', path: 'docs/a.md' }] })).status).toBe(201)
})

test('a token for some paths makes a branch, whose history holds more than these', async () => {
  const b = await withHistory()
  const agent = await narrowed(b, { paths: ['docs/**'] })
  expect((await commit(b, agent, { branch: 'topic', changes: [put('docs/b.md')] })).status).toBe(201)
  expect((await commit(b, agent, { branch: 'other', changes: [put('src/a')] })).status).toBe(403)
})

test('a token for some refs commits to these and to no other', async () => {
  const b = await withHistory()
  const agent = await narrowed(b, { refs: ['refs/heads/agent-7/*'] })
  expect((await commit(b, agent, { branch: 'agent-7/x', changes: [put('a')] })).status).toBe(201)
  const refused = await commit(b, agent, { changes: [put('a')] })
  expect([refused.status, refused.json.error.details.refusal]).toEqual([403, 'TOKEN_SCOPE'])
  expect((await b.refs())['refs/heads/main']).toBe(await b.agent.ok('rev-parse', 'main'))
})

test('a rule against forced updates lets commits pass', async () => {
  const b = await withHistory()
  const agent = await narrowed(b, { refRules: [{ ref: 'refs/heads/*', deny: ['force'] }] })
  expect((await commit(b, agent, { changes: [put('a')] })).status).toBe(201)
})

test('a token for some bytes commits no more than these', async () => {
  const b = await withHistory()
  const agent = await narrowed(b, { maxPackBytes: 10_000 })
  const big = put('big', randomBytes(8_000).toString('hex'))
  const refused = await commit(b, agent, { changes: [big] })
  expect([refused.status, refused.json.error.details.refusal]).toEqual([403, 'TOKEN_SIZE'])
  expect((await commit(b, agent, { changes: [put('small', 'y'.repeat(9_000))] })).status).toBe(201)
})

test('a rule of the branch binds commits', async () => {
  const b = await withHistory()
  const rules = b.repo.url.replace(/^(https?:\/\/[^/]+)(.*)\.git$/, '$1/repos$2/protections/main')
  const made = await w.owner.fetch(rules, {
    method: 'PUT',
    body: JSON.stringify({ requirePullRequest: true }),
  })
  expect(made.ok).toBe(true)
  const refused = await commit(b, b.agent, { changes: [put('a')] })
  expect([refused.status, refused.json.error.details.refusal]).toEqual([403, 'BRANCH_PROTECTED'])
  expect((await commit(b, b.agent, { branch: 'topic', changes: [put('a')] })).status).toBe(201)
})

test('a commit starts no git process but those that are kept', async () => {
  const b = await withHistory()
  const many = (n: number) => Array.from({ length: 60 }, (_, i) => put(`d/${i}`, `${n} ${i}`))
  await commit(b, b.agent, { changes: many(0) })
  const before = w.sluice.processesStarted()
  for (const n of [1, 2, 3]) {
    await commit(b, b.agent, { changes: [put('a', String(n))] })
    await commit(b, b.agent, { changes: many(n) })
    await commit(b, b.agent, { branch: `b${n}`, changes: [put('a', `b${n}`)] })
  }
  expect(w.sluice.processesStarted()).toBe(before)
})
