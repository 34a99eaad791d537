import { expect, test } from 'vitest'
import { WriteQueue } from './write-queue.ts'

test('writers come in one at a time, in the order they came', async () => {
  const queue = new WriteQueue()
  const order: number[] = []
  let inside = 0
  await Promise.all(
    [1, 2, 3, 4, 5].map(async (n) => {
      const leave = await queue.enter()
      expect(++inside).toBe(1)
      await Promise.resolve()
      order.push(n)
      inside--
      leave()
    }),
  )
  expect(order).toEqual([1, 2, 3, 4, 5])
})

test('one who waits too long gets UNAVAILABLE, and the turn goes to the next', async () => {
  const queue = new WriteQueue(5)
  const leave = await queue.enter()
  await expect(queue.enter()).rejects.toMatchObject({ code: 'UNAVAILABLE' })
  const patient = queue.enter()
  leave()
  const leaveToo = await patient
  leaveToo()
  ;(await queue.enter())()
})
