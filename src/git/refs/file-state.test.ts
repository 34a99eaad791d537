import { expect, test } from 'vitest'
import { type FileState, isSameState, isSettled } from './file-state.ts'

const STATE: FileState = { ino: 1, mtimeMs: 1000, ctimeMs: 1000, size: 40 }

test.each([
  ['touched long before it was read', STATE, 2000, true],
  ['written 19 ms before', STATE, 1019, false],
  ['renamed 19 ms before', { ...STATE, mtimeMs: 0 }, 1019, false],
  ['stamped by a clock that is ahead', STATE, 900, false],
  ['written 21 ms before', STATE, 1021, true],
  ['that is not there', null, 1000, true],
])('a file %s: whether its state alone can be believed', (_, state, readAtMs, settled) => {
  expect(isSettled(state, readAtMs)).toBe(settled)
})

test.each(['ino', 'mtimeMs', 'ctimeMs', 'size'] as const)('another %s is a change', (field) => {
  expect(isSameState(STATE, { ...STATE })).toBe(true)
  expect(isSameState(STATE, { ...STATE, [field]: 7 })).toBe(false)
})

test('a file that comes or goes is a change', () => {
  expect([isSameState(null, null), isSameState(STATE, null), isSameState(null, STATE)]).toEqual([
    true,
    false,
    false,
  ])
})
