/** `refs/pull/<n>/merge`: what merging would make, written after somebody asked whether it can be merged. */
import { expect, test } from 'vitest'
import { pullBench, type PullBench } from '../support/pulls.ts'
import { runGit } from '../support/actor.ts'
import { world, type World } from '../support/world.ts'

/** Work that follows an answer has ended when the server has. */
async function afterwards(w: World, b: PullBench, ...args: string[]): Promise<string> {
  await w.sluice.close()
  return (await runGit(args, { cwd: w.sluice.pathOf(b.repo.id) })).stdout.trim()
}

test('asked for, it is the clean merge of both tips with the parents in git’s order', async () => {
  await using w = await world()
  const b = await pullBench(w)
  const { number, head } = await b.pull({ 'new.txt': 'new\n' })
  const target = await b.commit('main', { 'other.txt': 'other\n' })
  expect((await b.ask('owner', 'GET', `/${number}/mergeability`)).json.mergeability).toBe('clean')
  const shown = await afterwards(
    w,
    b,
    'log',
    '-1',
    '--format=%P',
    '--name-only',
    '-m',
    '--first-parent',
    'refs/pull/1/merge',
  )
  expect(shown.split('\n')).toEqual([`${target} ${head}`, '', 'new.txt'])
})

test('a conflict leaves no such ref, and the answer is the same', async () => {
  await using w = await world()
  const b = await pullBench(w)
  const { number } = await b.pull({ 'README.md': 'mine\n' })
  await b.commit('main', { 'README.md': 'theirs\n' })
  expect((await b.ask('owner', 'GET', `/${number}/mergeability`)).json.mergeability).toBe('conflicting')
  expect(await afterwards(w, b, 'for-each-ref', '--format=%(refname)', 'refs/pull')).toBe('refs/pull/1/head')
})
