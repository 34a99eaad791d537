import { expect, test } from 'vitest'
import type { Oid, RepoId } from '../../kernel/ids.ts'
import type { RepoHandle } from '../../kernel/repository.ts'
import type { Lineage } from '../commit-graph/lineage.ts'
import { CommitWalk } from './commit-walk.ts'

const repo: RepoHandle = { id: 'r' as RepoId, path: '/nowhere', objectFormat: 'sha1' }

/** Commits by name, each with its time and parents; counts what is read. */
function history(commits: Record<string, [seconds: number, ...parents: string[]]>) {
  const reads: string[] = []
  const objects = {
    failing: new Set<string>(),
    lineage: async (_: RepoHandle, oid: Oid): Promise<Lineage | null> => {
      reads.push(oid)
      if (objects.failing.delete(oid)) throw new Error('lost')
      const [seconds, ...parents] = commits[oid] ?? []
      if (seconds === undefined) return null
      return { oid, tree: oid, parents: parents as string[] as Oid[], seconds, generation: Infinity }
    },
  }
  return { objects, reads, walk: (tip: string) => new CommitWalk(objects, repo, tip as Oid) }
}

const LINE = Object.fromEntries(
  Array.from({ length: 100 }, (_, i): [string, [number, ...string[]]] => [
    `c${i}`,
    i === 0 ? [0] : [i, `c${i - 1}`],
  ]),
)

test('the latest comes first, of one second who was found first, and each comes once', async () => {
  const { walk } = history({
    top: [9, 'left', 'right', 'left'],
    left: [5, 'base'],
    right: [5, 'late', 'base'],
    late: [7, 'base'],
    base: [1],
  })
  expect(await walk('top').page(0, 10)).toEqual(['top', 'left', 'right', 'late', 'base'])
})

test('no more is read than a page needs', async () => {
  const { walk, reads } = history(LINE)
  expect(await walk('c99').page(0, 5)).toEqual(['c99', 'c98', 'c97', 'c96', 'c95'])
  expect(reads.length).toBeLessThanOrEqual(6)
})

test('the next page goes on where the last one stopped, and an earlier one reads nothing', async () => {
  const { walk, reads } = history(LINE)
  const one = walk('c99')
  await one.page(0, 10)
  const before = reads.length
  expect(await one.page(10, 2)).toEqual(['c89', 'c88'])
  expect(await one.page(3, 2)).toEqual(['c96', 'c95'])
  expect(reads.length - before).toBe(2)
})

test('readers at once get the same history', async () => {
  const one = history(LINE).walk('c99')
  const pages = await Promise.all([0, 20, 10, 30].map((skip) => one.page(skip, 10)))
  expect(pages.map(([first]) => first)).toEqual(['c99', 'c79', 'c89', 'c69'])
  expect(one.length).toBe(40)
})

test('a read that failed loses nothing: the next one goes on', async () => {
  const { walk, objects } = history(LINE)
  const one = walk('c99')
  objects.failing.add('c95')
  await expect(one.page(0, 10)).rejects.toThrow('lost')
  expect(await one.page(0, 10)).toEqual(Array.from({ length: 10 }, (_, i) => `c${99 - i}`))
})

test('a commit that is not there is NOT_FOUND', async () => {
  const { walk } = history({ top: [1, 'gone'] })
  await expect(walk('top').page(0, 2)).rejects.toMatchObject({ code: 'NOT_FOUND' })
})
