/** What anybody leaves under ids of events that have not come. */
import { expect, test } from 'vitest'
import { TipBytes } from './tip-bytes.ts'

test('one address leaves so much in a window, however it is divided-regression', () => {
  let now = 0
  const bytes = new TipBytes({ maxBytes: 100, windowMs: 1_000, clock: { now: () => now } })
  expect(bytes.take('a', 60)).toBe(true)
  expect(bytes.take('a', 41)).toBe(false)
  expect(bytes.take('a', 40)).toBe(true)
  expect(bytes.take('a', 1)).toBe(false)
  expect(bytes.take('b', 100)).toBe(true)
  now = 1_000
  expect(bytes.take('a', 100)).toBe(true)
})

test('all addresses together leave no more than sixteen of them-regression', () => {
  const bytes = new TipBytes({ maxBytes: 100, windowMs: 1_000, clock: { now: () => 0 } })
  const taken = Array.from({ length: 20 }, (_, i) => bytes.take(`address ${i}`, 100))
  expect(taken.filter(Boolean).length).toBe(16)
})
