import { expect, test } from 'vitest'
import { isUuid } from './ids.ts'
import { newId } from './uuid.ts'

test('an id is a UUID of version 7 and of the RFC variant', () => {
  const id = newId()
  expect(isUuid(id)).toBe(true)
  expect(id[14]).toBe('7')
  expect('89ab').toContain(id[19])
})

test('an id begins with the millisecond it was made in', () => {
  const before = Date.now()
  const made = Number.parseInt(newId().replace('-', '').slice(0, 12), 16)
  expect(made).toBeGreaterThanOrEqual(before)
  expect(made).toBeLessThanOrEqual(Date.now())
})

test('ten thousand ids differ', () => {
  expect(new Set(Array.from({ length: 10_000 }, newId)).size).toBe(10_000)
})
