/** Ways round the limits of a narrowed token, each of which was open once. */
import { expect, test } from 'vitest'
import { Actor } from '../support/actor.ts'
import { pushBody, raw, readBands } from '../support/raw-git.ts'
import { exchanged } from '../support/token-endpoint.ts'
import { world, type World } from '../support/world.ts'

/** `acme/app` with `docs` and `src` on main, and somebody's unmerged work on `feature`. */
async function projectWorld(): Promise<World> {
  const w = await world()
  const { owner } = w
  await owner.start(w.repo.url)
  await owner.commit('docs/a.md', 'one\n')
  await owner.commit('src/a.ts', 'one\n')
  await owner.commit('src/a.ts', 'two\n')
  await owner.ok('push', '-q', 'origin', 'main')
  await owner.ok('checkout', '-q', '-b', 'feature')
  await owner.commit('src/b.ts', 'not reviewed\n')
  await owner.ok('push', '-q', 'origin', 'feature')
  return w
}

/** A clone in the hands of an agent whose token has these limits. */
async function narrowed(w: World, ...limits: Record<string, unknown>[]): Promise<Actor> {
  const authorizationDetails = limits.map((limit) => ({
    type: 'git_repository',
    identifier: 'acme/app',
    actions: ['write'],
    ...limit,
  }))
  const agent = await w.actor('agent', { accountId: w.owner.accountId, authorizationDetails })
  await agent.ok('clone', '-q', w.repo.url, '.')
  return agent
}

const DOCS_ONLY = { paths: ['docs/**'] }
const OTHER_PATHS = /! \[remote rejected\].*a changed path is not one of the allowed paths/

test('a merge that takes old files back changes them: no way round a token for some paths (evil-merge-regression)', async () => {
  await using w = await projectWorld()
  const agent = await narrowed(w, DOCS_ONLY)
  const old = await agent.ok('rev-parse', 'main~1^{tree}')
  const evil = await agent.ok('commit-tree', old, '-p', 'main', '-p', 'main~1', '-m', 'merge')
  expect((await agent.git('push', 'origin', `${evil}:refs/heads/main`)).output).toMatch(OTHER_PATHS)
  const octopus = await agent.ok(
    'commit-tree',
    old,
    '-p',
    'main',
    '-p',
    'main~1',
    '-p',
    'main~2',
    '-m',
    'merge',
  )
  expect((await agent.git('push', 'origin', `${octopus}:refs/heads/main`)).output).toContain(
    'it cannot be told which paths change',
  )
  expect(await w.has(evil)).toBe(false)
})

test('a token for some paths cannot put what lies on another branch onto main, nor take anything off it (paths-by-ref-regression)', async () => {
  await using w = await projectWorld()
  const agent = await narrowed(w, DOCS_ONLY)
  for (const refspec of ['origin/feature:refs/heads/main', '+main~1:refs/heads/main', ':refs/heads/main'])
    expect((await agent.git('push', 'origin', refspec)).output, refspec).toMatch(OTHER_PATHS)
  expect((await agent.git('push', 'origin', ':refs/heads/feature')).output).toMatch(OTHER_PATHS)
})

test('a token for some paths works beside main: branch, keep up with main, rewrite, delete', async () => {
  await using w = await projectWorld()
  const agent = await narrowed(w, DOCS_ONLY)
  await agent.ok('checkout', '-q', '-b', 'mine', 'main')
  await agent.commit('docs/b.md', 'mine\n')
  await agent.ok('push', '-q', 'origin', 'mine')
  await w.owner.ok('checkout', '-q', 'main')
  await w.owner.commit('src/a.ts', 'three\n')
  await w.owner.ok('push', '-q', 'origin', 'main')
  await agent.ok('fetch', '-q')
  await agent.ok('merge', '-q', '--no-edit', 'origin/main')
  await agent.ok('push', '-q', 'origin', 'mine')
  await agent.ok('reset', '-q', '--hard', 'origin/main')
  await agent.commit('docs/b.md', 'again\n')
  await agent.ok('push', '-q', '--force', 'origin', 'mine')
  await agent.ok('push', '-q', 'origin', 'mine:main')
  await agent.ok('push', '-q', 'origin', ':mine')
})

test('a token for some paths cannot bring a tree under a tag (tree-tag-regression)', async () => {
  await using w = await projectWorld()
  const agent = await narrowed(w, DOCS_ONLY)
  await agent.write('src/evil.ts', 'evil\n')
  await agent.ok('add', '.')
  const tree = await agent.ok('write-tree')
  const pushed = await agent.git('push', 'origin', `${tree}:refs/tags/looks-harmless`)
  expect(pushed.output).toContain('it cannot be told which paths change')
  expect(await w.has(tree)).toBe(false)
})

test('a path rule with a ! in front allows nothing more (negated-path-regression)', async () => {
  await using w = await projectWorld()
  const agent = await narrowed(w, { paths: ['docs/**', '!docs/secret/**'] })
  await agent.commit('src/c.ts', 'x\n')
  expect((await agent.git('push', 'origin', 'main')).output).toMatch(OTHER_PATHS)
})

test('what is no fast-forward is a forced update, for tags and for refs of no commit too (force-regression)', async () => {
  await using w = await projectWorld()
  const blobs = await Promise.all(
    ['one', 'two'].map(async (text) => {
      const run = await w.owner.gitWith({ input: text }, 'hash-object', '-w', '--stdin')
      return run.stdout.trim()
    }),
  )
  await w.owner.ok('push', '-q', 'origin', `${blobs[0]}:refs/data/x`, 'main~1:refs/tags/v1')
  const agent = await narrowed(w, { refRules: [{ ref: 'refs/*', deny: ['force'] }] })
  const blob = await agent.gitWith({ input: 'two' }, 'hash-object', '-w', '--stdin')
  const pushed = await agent.git(
    'push',
    '-f',
    'origin',
    `${blob.stdout.trim()}:refs/data/x`,
    'main:refs/tags/v1',
  )
  expect(pushed.output.match(/remote rejected.*no forced update/g)).toHaveLength(2)
  await agent.commit('docs/a.md', 'fast forward\n')
  await agent.ok('push', '-q', 'origin', 'main')
})

test('the size of one grant does not open the refs of another (mixed-grants-regression)', async () => {
  await using w = await projectWorld()
  const agent = await narrowed(
    w,
    { refs: ['refs/heads/small/*'], maxPackBytes: 300 },
    { refs: ['refs/heads/large/*'] },
  )
  const tip = await agent.commit(
    'docs/a.md',
    'x'.repeat(10) + Array.from({ length: 400 }, Math.random).join(),
  )
  expect((await agent.git('push', 'origin', `${tip}:refs/heads/small/a`)).output).toContain(
    'pack is larger than the token allows',
  )
  await agent.ok('push', '-q', 'origin', `${tip}:refs/heads/large/a`)
})

test('a repository lives no longer than the grants say by which it is made, over REST as by a push (ephemeral-create-regression)', async () => {
  await using w = await world()
  const entry = (seconds: number) => ({
    type: 'git_repository',
    identifier: 'acme/scratch',
    actions: ['create', 'admin'],
    expiresRepo: seconds,
  })
  const { accountId } = w.owner
  const made = async (token: string, fields: object) => {
    const body = JSON.stringify({ orgId: 'acme', name: 'scratch', ...fields })
    const answer = await new Actor({ ...w.owner, token }).fetch(`${w.url}/repos`, { method: 'POST', body })
    const { createdAt, expiresAt } = (await answer.json()) as { createdAt: string; expiresAt: string }
    await w.owner.fetch(`${w.url}/repos/acme/scratch`, { method: 'DELETE' })
    return Math.round((Date.parse(expiresAt) - Date.parse(createdAt)) / 1000)
  }
  const day = (await w.actor('agent', { accountId, authorizationDetails: [entry(86_400)] })).token ?? ''
  expect(await made(day, {})).toBe(86_400)
  expect(await made(day, { ttlSeconds: 60 })).toBe(60)
  expect(await made(day, { ttlSeconds: 1_000_000 })).toBe(86_400)
  const hour = await exchanged(w, day, { authorization_details: JSON.stringify([entry(3600)]) })
  expect(await made(hour, {})).toBe(3600)
  const unlimited = { ...entry(1), expiresRepo: undefined }
  const silent = await exchanged(w, day, { authorization_details: JSON.stringify([unlimited]) })
  expect(await made(silent, {})).toBe(86_400)
})

test.for(['refs/heads', 'refs/tags', 'refs/pull', 'refs/internal'])(
  '%s itself is not a ref: it would stand in the way of all below it (one-level-ref-regression)',
  async (ref) => {
    await using w = await projectWorld()
    const head = await w.owner.ok('rev-parse', 'main')
    const answer = await raw(w.owner, `${w.repo.url}/git-receive-pack`, {
      body: pushBody({ updates: [{ ref, new: head }], pack: await w.owner.pack(head) }),
    })
    expect(readBands(answer.body).report).toEqual(['unpack ok', `ng ${ref} invalid ref name`])
  },
)
