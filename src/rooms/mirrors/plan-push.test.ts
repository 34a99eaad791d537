import { expect, test } from 'vitest'
import type { Oid, RefName } from '../../kernel/ids.ts'
import { batchesOf, planPush } from './plan-push.ts'

const A = 'a'.repeat(40) as Oid
const B = 'b'.repeat(40) as Oid

const ref = (name: string) => name as RefName
const here = (refs: Readonly<Record<string, Oid>>) =>
  Object.entries(refs).map(([name, oid]) => ({ name: ref(name), oid }))
const there = (refs: Readonly<Record<string, Oid | ''>>) => new Map(Object.entries(refs)) as Map<RefName, Oid>
const ALL = ['refs/heads/*', 'refs/tags/*']

test('what is new, has moved or is not known any more is pushed; what is there already is not', () => {
  const plan = planPush(
    here({ 'refs/heads/new': A, 'refs/heads/moved': A, 'refs/heads/same': A, 'refs/heads/unknown': A }),
    there({ 'refs/heads/moved': B, 'refs/heads/same': A, 'refs/heads/unknown': '' }),
    ALL,
  )
  expect(plan.updates).toEqual([
    { ref: 'refs/heads/new', oid: A },
    { ref: 'refs/heads/moved', oid: A },
    { ref: 'refs/heads/unknown', oid: A },
  ])
})

test('what was mirrored and is gone is deleted, before what takes its place', () => {
  const plan = planPush(here({ 'refs/heads/a/b': A }), there({ 'refs/heads/a': A }), ALL)
  expect(plan.updates).toEqual([
    { ref: 'refs/heads/a', oid: null },
    { ref: 'refs/heads/a/b', oid: A },
  ])
})

test('what no pattern selects is neither pushed nor deleted, and is forgotten', () => {
  const plan = planPush(here({ 'refs/notes/x': A }), there({ 'refs/heads/old': A }), ['refs/tags/*'])
  expect(plan).toEqual({ updates: [], forgotten: ['refs/heads/old'] })
})

test('batches hold every update once and in order, and fit on a command line', () => {
  const updates = Array.from({ length: 3_000 }, (_, n) => ({
    ref: ref(`refs/heads/${'x'.repeat(n % 900)}${n}`),
    oid: A,
  }))
  const batches = [...batchesOf(updates)]
  expect(batches.flat()).toEqual(updates)
  for (const batch of batches) {
    expect(batch.length).toBeLessThanOrEqual(500)
    expect(batch.reduce((sum, update) => sum + update.ref.length, 0)).toBeLessThanOrEqual(256 * 1024)
  }
  expect([...batchesOf([])]).toEqual([])
})
