import { expect, test } from 'vitest'
import type { MovedRef, PushData } from '../../kernel/events.ts'
import { levelOf, wearOf } from './wear.ts'

function pushOf(...refs: Partial<MovedRef>[]): PushData {
  return { pushId: 'p', via: 'git', pushOptions: [], refs: refs as MovedRef[] }
}

test.each([
  ['one commit', pushOf({ kind: 'update', total: 1 }), { wear: 1, dropped: 0 }],
  ['a long history', pushOf({ kind: 'create', total: 5_000 }), { wear: 101, dropped: 0 }],
  [
    'three refs',
    pushOf(...Array<{ kind: 'create'; total: number }>(3).fill({ kind: 'create', total: 0 })),
    { wear: 3, dropped: 0 },
  ],
  [
    'what drops history',
    pushOf({ kind: 'force', total: 1 }, { kind: 'delete', total: 0 }),
    { wear: 2, dropped: 2 },
  ],
])('wear of %s', (_what, push, wear) => {
  expect(wearOf(push)).toEqual(wear)
})

test.each([
  [0, 0],
  [1, 1],
  [99, 1],
  [100, 2],
  [999, 2],
  [1_000, 3],
  [10_000, 4],
])('%i points are level %i', (wear, level) => {
  expect(levelOf(wear)).toBe(level)
})
