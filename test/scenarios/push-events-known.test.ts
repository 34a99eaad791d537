/** Events about commits that the repository has already, told without a process and held against git. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { runGit } from '../support/actor.ts'
import { pullBench, type PullBench } from '../support/pulls.ts'
import { world, type World } from '../support/world.ts'

let w: World
let b: PullBench
beforeAll(async () => {
  w = await world()
  b = await pullBench(w)
})
afterAll(() => w[Symbol.asyncDispose]())

const lastMove = async () => {
  const [moved, ...others] = (await w.pushes()).at(-1)?.data.refs ?? []
  if (!moved || others.length > 0) throw new Error('not one ref')
  return moved
}
/** Ids of `old..new`, as git lists them. */
const gained = async (old: string, now: string) => {
  const listed = await runGit(['rev-list', `${old}..${now}`], { cwd: w.sluice.pathOf(b.repo.id) })
  return listed.stdout
    .trim()
    .split('\n')
    .filter((line) => line !== '')
    .sort()
}

test.each(['merge', 'squash', 'rebase', 'fast_forward'])(
  'a %s by REST: the commits that the target gained, and no process',
  async (strategy) => {
    const file = `${strategy}.txt`
    const { branch, number } = await b.pull({ [file]: '1\n' })
    await b.commit(branch, { [file]: '2\n' })
    if (strategy === 'fast_forward') {
      await b.git.ok('fetch', '-q', 'origin')
      await b.commit(branch, { [file]: '3\n' }, { from: 'origin/main' })
      await b.commit(branch, { [file]: '4\n' })
    }
    await b.ask('owner', 'GET', `/${number}/commits`) // whoever reads objects runs now
    const before = w.sluice.processesStarted()
    expect((await b.ask('owner', 'POST', `/${number}/merge`, { strategy })).status).toBe(200)
    const moved = await lastMove()
    expect(moved).toMatchObject({ ref: 'refs/heads/main', kind: 'update' })
    const expected = await gained(moved.oldOid, moved.newOid)
    expect(moved.commits.map(({ sha }) => sha as string).sort()).toEqual(expected)
    expect(moved.total).toBe(expected.length)
    if (strategy !== 'rebase') expect(w.sluice.processesStarted() - before).toBeLessThanOrEqual(1) // a session for refs
  },
)

test('a branch that is set back is forced and gains nothing; set forward again, it gains what it lost', async () => {
  const first = await b.commit('back', { 'back.txt': '1\n' })
  const last = await b.commit('back', { 'back.txt': '2\n' })
  await b.git.ok('push', '-q', '-f', 'origin', `${first}:refs/heads/back`)
  expect(await lastMove()).toMatchObject({ kind: 'force', commits: [], total: 0 })
  await b.git.ok('push', '-q', 'origin', `${last}:refs/heads/back`)
  expect(await lastMove()).toMatchObject({ kind: 'update', commits: [{ sha: last }], total: 1 })
})
