import { expect, test } from 'vitest'
import type { Oid, RefName } from '../../../kernel/ids.ts'
import { planRefresh } from './plan-refresh.ts'

const [A, B, C] = ['a', 'b', 'c'].map((digit) => digit.repeat(40) as Oid) as [Oid, Oid, Oid]
const ZERO = '0'.repeat(40)
const MAIN = 'refs/heads/main' as RefName

const refs = (values: Record<string, Oid>) => new Map(Object.entries(values) as [RefName, Oid][])
const plan = (here: Record<string, Oid>, there: Record<string, Oid>, head: RefName | null = null) =>
  planRefresh(refs(here), refs(there), { head, objectFormat: 'sha1' })

test('of equal refs nothing is to be done', () => {
  expect(plan({ [MAIN]: A }, { [MAIN]: A })).toBeNull()
  expect(plan({}, {})).toBeNull()
})

test('what is new is created, what moved is updated, what is gone is deleted, each from its value here', () => {
  const here = { 'refs/heads/gone': A, [MAIN]: A, 'refs/tags/same': C }
  const there = { [MAIN]: B, 'refs/heads/new': C, 'refs/tags/same': C }
  expect(plan(here, there)).toEqual({
    deletions: [{ ref: 'refs/heads/gone', oldOid: A, newOid: ZERO }],
    moves: [
      { ref: MAIN, oldOid: A, newOid: B },
      { ref: 'refs/heads/new', oldOid: ZERO, newOid: C },
    ],
    wanted: [B],
  })
})

test('what a ref here has already is not fetched, and nothing is fetched twice', () => {
  expect(
    plan({ [MAIN]: A }, { [MAIN]: A, 'refs/heads/b': A, 'refs/tags/c': B, 'refs/tags/d': B }),
  ).toMatchObject({ wanted: [B] })
})

test("the branch of the upstream's HEAD comes first: HEAD follows the first branch that is made", () => {
  const there = { 'refs/heads/a': A, 'refs/heads/b': A, [MAIN]: A }
  expect(plan({}, there, MAIN)?.moves.map(({ ref }) => ref)).toEqual([MAIN, 'refs/heads/a', 'refs/heads/b'])
})
