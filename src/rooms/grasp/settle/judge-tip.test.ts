import { expect, test } from 'vitest'
import type { Oid } from '../../../kernel/ids.ts'
import { judgeTip, type TipFacts, type TipFate } from './judge-tip.ts'

const [A, B] = ['a', 'b'].map((digit) => digit.repeat(40) as Oid) as [Oid, Oid]
const NOW = 1_000

test.each<[string, Omit<TipFacts, 'now'>, TipFate]>([
  ['what its event names stays', { value: A, named: A, waitsUntil: null }, 'accepted'],
  ['what its event names stays, however late that came', { value: A, named: A, waitsUntil: 1 }, 'accepted'],
  ['what contradicts its event goes', { value: B, named: A, waitsUntil: 2_000 }, 'drop'],
  ['what an event without a commit has goes', { value: B, named: null, waitsUntil: 2_000 }, 'drop'],
  ['one without an event waits', { value: A, named: undefined, waitsUntil: 2_000 }, 'waits'],
  ['one whose event did not come goes', { value: A, named: undefined, waitsUntil: NOW }, 'drop'],
  [
    'one whose event was deleted waits for another',
    { value: A, named: undefined, waitsUntil: null },
    'withdrawn',
  ],
  ['one that is being pushed is waited for', { value: null, named: A, waitsUntil: 2_000 }, 'waits'],
  ['one whose push failed is forgotten', { value: null, named: A, waitsUntil: NOW }, 'forget'],
])('%s', (_claim, facts, fate) => {
  expect(judgeTip({ ...facts, now: NOW })).toBe(fate)
})
