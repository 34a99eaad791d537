import { expect, test } from 'vitest'
import { Turns } from './turns.ts'

test('an organisation has four pushes under way; others come back one after the other', () => {
  const turns = new Turns()
  const four = Array.from({ length: 4 }, () => turns.take('a', 1_000))
  expect(four.every((turn) => Symbol.dispose in turn)).toBe(true)
  expect([turns.take('a', 1_000), turns.take('a', 1_000)]).toEqual([{ again: 1_250 }, { again: 1_500 }])
  expect(Symbol.dispose in turns.take('b', 1_000)).toBe(true)
  const [first] = four
  if (first && Symbol.dispose in first) first[Symbol.dispose]()
  expect(Symbol.dispose in turns.take('a', 1_250)).toBe(true)
  expect(turns.take('a', 1_250)).toEqual({ again: 1_750 })
})
