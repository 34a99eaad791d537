/** Tokens that may do less than their owner: which refs, which verbs, which files, how much. */
import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Actor } from '../support/actor.ts'
import { openRaw, pushBody, raw, readAnswer, readBands } from '../support/raw-git.ts'
import { workbench, type Workbench } from '../support/workbench.ts'
import { world, type World } from '../support/world.ts'

const NOT_ALLOWED = 'token does not allow this'

let w: World
beforeAll(async () => {
  w = await world()
})
afterAll(() => w[Symbol.asyncDispose]())

/** Has a token for this repository alone, narrowed by `rules`, and all that `main` holds. */
async function narrowed(b: Workbench, rules: object, actions: readonly string[] = ['write']): Promise<Actor> {
  const detail = { type: 'git_repository', identifier: b.repo.id, actions, ...rules }
  const actor = await b.another({ authorizationDetails: [detail] })
  if ((await b.refs())['refs/heads/main']) await actor.ok('pull', '-q', 'origin', 'main')
  return actor
}

/** Two commits on `main` and on `old`; README.md and docs/a.md. */
async function withHistory(): Promise<Workbench> {
  const b = await workbench(w)
  await b.agent.commit('README.md', 'read me\n')
  await b.agent.commit('docs/a.md', 'a\n')
  await b.agent.ok('push', '-q', 'origin', 'main', 'main:old')
  return b
}

test('a token for some refs writes to these and to no other', async () => {
  const b = await withHistory()
  const agent = await narrowed(b, { refs: ['refs/heads/agent-7/*'] })
  await agent.commit('a.txt', 'mine\n')
  const pushed = await agent.git('push', 'origin', 'main:agent-7/one/deep', 'main', 'main:agent-8/x')
  expect(pushed.output).toContain('* [new branch]      main -> agent-7/one/deep')
  expect(pushed.output).toContain(`! [remote rejected] main -> main (${NOT_ALLOWED})`)
  expect(pushed.output).toContain(`! [remote rejected] main -> agent-8/x (${NOT_ALLOWED})`)
  expect((await agent.git('push', 'origin', ':old')).output).toContain(NOT_ALLOWED)
  expect(Object.keys(await b.refs())).toEqual([
    'refs/heads/agent-7/one/deep',
    'refs/heads/main',
    'refs/heads/old',
  ])
})

test('refs narrow what is written, not what is read', async () => {
  const b = await withHistory()
  const agent = await narrowed(b, { refs: ['refs/heads/agent-7/*'] })
  expect(await agent.ok('ls-remote', 'origin', 'old')).toContain('refs/heads/old')
})

test('a rule may deny a push, and leave the other refs alone', async () => {
  const b = await withHistory()
  const agent = await narrowed(b, { refRules: [{ ref: 'refs/heads/main', deny: ['push'] }] })
  await agent.commit('a.txt', 'mine\n')
  const pushed = await agent.git('push', 'origin', 'main', 'main:other')
  expect(pushed.output).toContain(`! [remote rejected] main -> main (${NOT_ALLOWED})`)
  expect(pushed.output).toContain('* [new branch]      main -> other')
})

test('a rule may deny a forced update, and let the branch grow', async () => {
  const b = await withHistory()
  const agent = await narrowed(b, { refRules: [{ ref: 'refs/heads/*', deny: ['force'] }] })
  await agent.commit('a.txt', 'mine\n')
  expect((await agent.git('push', 'origin', 'main')).code).toBe(0)
  await agent.ok('commit', '-q', '--amend', '-m', 'rewritten')
  const forced = await agent.git('push', '--force', 'origin', 'main')
  expect(forced.output).toContain(`! [remote rejected] main -> main (${NOT_ALLOWED}: no forced update)`)
})

test('a rule may deny a deletion, and nothing else', async () => {
  const b = await withHistory()
  const agent = await narrowed(b, { refRules: [{ ref: 'refs/heads/*', deny: ['delete'] }] })
  expect((await agent.git('push', 'origin', ':old')).output).toContain(NOT_ALLOWED)
  await agent.commit('a.txt', 'mine\n')
  expect((await agent.git('push', 'origin', 'main:old')).code).toBe(0)
})

test('of two rules for a ref the first one decides', async () => {
  const b = await withHistory()
  const agent = await narrowed(b, {
    refRules: [
      { ref: 'refs/heads/old', deny: [] },
      { ref: 'refs/heads/*', deny: ['push', 'force', 'delete'] },
    ],
  })
  await agent.commit('a.txt', 'mine\n')
  expect((await agent.git('push', 'origin', 'main:old')).code).toBe(0)
  expect((await agent.git('push', 'origin', 'main')).output).toContain(NOT_ALLOWED)
})

test('a token for some paths brings changes of these files only', async () => {
  const b = await withHistory()
  const agent = await narrowed(b, { paths: ['docs/**'] })
  const good = await agent.commit('docs/deep/.hidden.md', 'more\n')
  expect((await agent.git('push', 'origin', 'main')).code).toBe(0)
  const bad = await agent.commit('src/main.ts', 'code\n')
  const refused = await agent.git('push', 'origin', 'main')
  expect(refused.output).toContain('a changed path is not one of the allowed paths')
  expect((await b.refs())['refs/heads/main']).toBe(good)
  expect(await b.has(bad)).toBe(false)
})

test('what is moved out of the allowed paths, or deleted outside of them, is refused', async () => {
  const b = await withHistory()
  for (const change of [
    ['mv', 'docs/a.md', 'a.md'],
    ['mv', 'README.md', 'docs/README.md'],
    ['rm', '-q', 'README.md'],
  ]) {
    const agent = await narrowed(b, { paths: ['docs/**'] })
    await agent.ok(...change)
    await agent.ok('commit', '-q', '-m', 'a change')
    expect((await agent.git('push', 'origin', 'main')).output).toContain('is not one of the allowed paths')
  }
})

test('a pack that is announced larger than the token allows is refused before a byte of it is stored', async () => {
  const b = await withHistory()
  const agent = await narrowed(b, { maxPackBytes: 10_000 })
  await agent.commit('a.bin', randomBytes(50_000))
  const before = w.sluice.processesStarted()
  const pushed = await agent.git('push', 'origin', 'main')
  expect(pushed.output).toContain('! [remote rejected] main -> main (pack is larger than the token allows)')
  expect(w.sluice.processesStarted()).toBe(before)
})

test('a pack that is not announced is held to the limit of the token as well', async () => {
  const b = await withHistory()
  const agent = await narrowed(b, { maxPackBytes: 10_000 })
  const head = await agent.commit('a.bin', randomBytes(50_000))
  const pushed = await agent.git('-c', 'http.postBuffer=1000', 'push', 'origin', 'main')
  expect(pushed.output).toMatch(/! \[remote rejected\] main -> main/)
  expect(await b.has(head)).toBe(false)
})

test('our own client may announce the size, and is refused by it', async () => {
  const b = await withHistory()
  const agent = await narrowed(b, { maxPackBytes: 10_000 })
  const headers = { 'x-sluice-push-size': '50000' }
  const request = openRaw(agent, `${b.repo.url}/git-receive-pack`, { headers })
  request.end(pushBody({ updates: [{ ref: 'refs/heads/x', new: 'a'.repeat(40) }] }))
  const { report } = readBands((await readAnswer(request)).body)
  expect(report).toEqual(['unpack ok', 'ng refs/heads/x pack is larger than the token allows'])
})

test('a small enough pack passes the limit', async () => {
  const b = await withHistory()
  const agent = await narrowed(b, { maxPackBytes: 10_000 })
  await agent.commit('a.txt', 'small\n')
  expect((await agent.git('push', 'origin', 'main')).code).toBe(0)
})

test('a token that only reads is told which scope is missing', async () => {
  const b = await withHistory()
  const agent = await narrowed(b, {}, ['read'])
  await agent.commit('a.txt', 'mine\n')
  expect((await agent.git('push', 'origin', 'main')).output).toContain('error: 403')
  const answer = await raw(agent, `${b.repo.url}/info/refs?service=git-receive-pack`)
  expect(answer.headers['www-authenticate']).toBe('Bearer error="insufficient_scope", scope="repo:write"')
})

test.for([
  ['for another repository', { identifier: 'acme/elsewhere' }, 404],
  ['for another kind of thing', { type: 'bucket' }, 404],
  ['with a limit that the server does not know', { onlyOnSundays: true }, 401],
  ['with no action at all', { actions: [] }, 401],
] as const)('a token %s opens nothing', async ([, change, status]) => {
  const b = await workbench(w)
  const detail = { type: 'git_repository', identifier: b.repo.id, actions: ['write'], ...change }
  const agent = await b.another({ authorizationDetails: [detail] })
  const answer = await raw(agent, `${b.repo.url}/info/refs?service=git-upload-pack`)
  expect(answer.status).toBe(status)
})

test('a token whose time is over opens nothing', async () => {
  const b = await workbench(w)
  const late = await b.another({ ttlSeconds: -120 })
  expect((await raw(late, `${b.repo.url}/info/refs?service=git-upload-pack`)).status).toBe(401)
})

test('a token cannot do more than its owner', async () => {
  const b = await withHistory()
  const detail = { type: 'git_repository', identifier: b.repo.id, actions: ['read', 'write', 'admin'] }
  const forged = await w.actor('forger', { authorizationDetails: [detail] })
  expect((await raw(forged, `${b.repo.url}/info/refs?service=git-upload-pack`)).status).toBe(404)
})

test('two grants of one token are not mixed: one of them must allow all of an update', async () => {
  const b = await withHistory()
  const grant = { type: 'git_repository', identifier: b.repo.id, actions: ['write'] }
  const details = [
    { ...grant, refs: ['refs/heads/docs/*'], paths: ['docs/**'] },
    { ...grant, refs: ['refs/heads/code/*'] },
  ]
  const agent = await b.another({ authorizationDetails: details })
  await agent.ok('pull', '-q', 'origin', 'main')
  await agent.commit('src/main.ts', 'code\n')
  const pushed = await agent.git('push', 'origin', 'main:docs/1', 'main:code/1')
  expect(pushed.output).toContain('! [remote rejected] main -> docs/1')
  expect(pushed.output).toContain('* [new branch]      main -> code/1')
})
