import { expect, test } from 'vitest'
import { GroupedCalls } from './grouped-calls.ts'

function recorded(fails: (call: number) => boolean = () => false) {
  const groups: (readonly number[])[] = []
  const writes = new GroupedCalls<number, string>((calls) => {
    groups.push(calls)
    if (calls.some(fails)) return Promise.reject(new Error('no'))
    return Promise.resolve(calls.map((call) => `wrote ${call}`))
  })
  return { groups, writes }
}

test('what is asked for at the same time is written together, and each is told its own', async () => {
  const { groups, writes } = recorded()
  expect(await Promise.all([1, 2, 3].map((n) => writes.add(n)))).toEqual(['wrote 1', 'wrote 2', 'wrote 3'])
  await writes.add(4)
  expect(groups).toEqual([[1, 2, 3], [4]])
})

test('a group is no larger than what other writers can wait for', async () => {
  const { groups, writes } = recorded()
  await Promise.all(Array.from({ length: 600 }, (_, n) => writes.add(n)))
  expect(groups.map((group) => group.length)).toEqual([250, 250, 100])
})

test('where a database does not answer, those of a group do not wait for it one after the other-regression', async () => {
  let waiting = 0
  let together = 0
  const writes = new GroupedCalls<number, string>(async () => {
    together = Math.max(together, ++waiting)
    await new Promise(setImmediate)
    waiting--
    throw new Error('it does not answer')
  })
  const results = await Promise.allSettled([1, 2, 3].map((n) => writes.add(n)))
  expect(results.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected'])
  expect(together).toBe(3)
})

test('what cannot be written fails alone', async () => {
  const { writes } = recorded((call) => call === 2)
  const results = await Promise.allSettled([1, 2, 3].map((n) => writes.add(n)))
  expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
  await expect(writes.add(4)).resolves.toBe('wrote 4')
})
