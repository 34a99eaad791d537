import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { RefName, RepoId } from './ids.ts'
import { RefQueue } from './ref-queue.ts'

const repo = 'r' as RepoId
const ref = (name: string) => `refs/heads/${name}` as RefName

test('holders of one ref go in the order they came; others pass at once', async () => {
  const queue = new RefQueue()
  const order: string[] = []
  const first = await queue.enter(repo, [ref('main')])
  const second = queue.enter(repo, [ref('main'), ref('b')]).then((turn) => {
    order.push('second')
    return turn
  })
  const third = queue.enter(repo, [ref('b')]).then((turn) => {
    order.push('third')
    return turn
  })
  ;(await queue.enter(repo, [ref('c')]))[Symbol.dispose]()
  ;(await queue.enter('other' as RepoId, [ref('main')]))[Symbol.dispose]()
  expect(order).toEqual([])
  first[Symbol.dispose]()
  ;(await second)[Symbol.dispose]()
  ;(await third)[Symbol.dispose]()
  expect(order).toEqual(['second', 'third'])
})

test('no two holders ever share a ref and everybody gets in, for any overlap', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.uniqueArray(fc.constantFrom('a', 'b', 'c', 'd'), { minLength: 1 })),
      async (wants) => {
        const queue = new RefQueue()
        const held = new Set<string>()
        await Promise.all(
          wants.map(async (names) => {
            using _turn = await queue.enter(repo, names.map(ref))
            for (const name of names) expect(held.has(name)).toBe(false)
            for (const name of names) held.add(name)
            await new Promise(setImmediate)
            for (const name of names) held.delete(name)
          }),
        )
      },
    ),
  )
})
