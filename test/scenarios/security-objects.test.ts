/** What must not get into the store, nor out of it, nor cost more than it should. */
import { expect, test } from 'vitest'
import type { Actor } from '../support/actor.ts'
import { world, type World } from '../support/world.ts'

test.for(['few', 'many'])(
  'of a push of %s objects, what only a refused ref reaches is not in the store (partly-refused-regression)',
  async (size) => {
    await using w = await world()
    const { owner } = w
    await owner.start(w.repo.url)
    await owner.commit('docs/a.md', 'one\n')
    await owner.ok('push', '-q', 'origin', 'main')
    const agent = await narrowed(w, { paths: ['docs/**'] })
    await agent.ok('checkout', '-q', '-b', 'good')
    const good = await agent.commit('docs/b.md', 'two\n')
    if (size === 'many') for (let i = 0; i < 40; i++) await agent.commit('docs/b.md', `${i}\n`)
    const tip = await agent.ok('rev-parse', 'good')
    await agent.ok('checkout', '-q', '-b', 'evil')
    const evil = await agent.commit('src/secret.txt', 'secret\n')
    const pushed = await agent.git('push', 'origin', 'good', 'evil', 'evil:refs/internal/x')
    expect(pushed.output).toMatch(/\[new branch\] +good -> good/)
    expect(pushed.output).toMatch(/remote rejected\] evil -> evil/)
    expect(await w.has(good)).toBe(true)
    for (const rev of [evil, `${evil}^{tree}`, `${evil}:src/secret.txt`])
      expect(await w.has(await agent.ok('rev-parse', rev)), rev).toBe(false)
    expect((await w.onServer('fsck', '--strict', '--connectivity-only')).output).not.toMatch(
      /missing|dangling/,
    )
    expect((await w.pushes()).at(-1)?.data.refs).toMatchObject([{ ref: 'refs/heads/good', newOid: tip }])
  },
)

test('a few trees that name a million files are not listed in unbounded memory (tree-bomb-regression)', async () => {
  await using w = await world({ settings: { SLUICE_GIT_MEMORY_BYTES: '64MiB' } })
  await w.owner.start(w.repo.url)
  await w.owner.commit('docs/a.md', 'one\n')
  await w.owner.ok('push', '-q', 'origin', 'main')
  const agent = await narrowed(w, { paths: ['docs/**'] })
  const bomb = await treeBomb(agent)
  const commit = await agent.ok('commit-tree', bomb, '-p', 'main', '-m', 'boom')
  expect((await agent.git('push', 'origin', `${commit}:refs/heads/main`)).output).toContain('remote rejected')
  expect(await w.has(commit)).toBe(false)
  await agent.commit('docs/b.md', 'still served\n')
  await agent.ok('push', '-q', 'origin', 'main')
})

test('a filter that has the server look something up by name is refused (sparse-filter-regression)', async () => {
  await using w = await world({ visibility: 'public' })
  await w.owner.start(w.repo.url)
  const head = await w.owner.commit('a.txt', 'one\n')
  await w.owner.ok('push', '-q', 'origin', 'main')
  await w.onServer('update-ref', 'refs/internal/x', head)
  for (const filter of ['sparse:oid=refs/internal/x:a.txt', 'combine:blob:none+sparse:oid=main:a.txt']) {
    const cloned = await w.nobody.git(
      'clone',
      '-q',
      '--no-checkout',
      `--filter=${filter}`,
      w.repo.url,
      filter,
    )
    expect(cloned.code, filter).not.toBe(0)
  }
  await w.nobody.ok('clone', '-q', '--filter=blob:none', w.repo.url, 'partial')
})

async function narrowed(w: World, limits: Record<string, unknown>): Promise<Actor> {
  const detail = { type: 'git_repository', identifier: 'acme/app', actions: ['write'], ...limits }
  const agent = await w.actor('agent', { accountId: w.owner.accountId, authorizationDetails: [detail] })
  await agent.ok('clone', '-q', w.repo.url, '.')
  return agent
}

/** Six levels of ten names each, all of which are the same tree. */
async function treeBomb(actor: Actor): Promise<string> {
  const blob = (await actor.gitWith({ input: 'x' }, 'hash-object', '-w', '--stdin')).stdout.trim()
  let below = `100644 blob ${blob}`
  for (let level = 0; level < 6; level++) {
    const lines = Array.from({ length: 10 }, (_, i) => `${below}\tf${i}\n`).join('')
    const tree = (await actor.gitWith({ input: lines }, 'mktree')).stdout.trim()
    below = `040000 tree ${tree}`
  }
  return below.slice('040000 tree '.length)
}
