import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Oid, RefName } from '../../../kernel/ids.ts'
import { isDelete } from '../../../kernel/ref-update.ts'
import { planAlignment, type DeclaredRefs } from './plan-alignment.ts'

const [A, B, C] = ['a', 'b', 'c'].map((digit) => digit.repeat(40) as Oid) as [Oid, Oid, Oid]

function refs(record: Record<string, Oid>): Map<RefName, Oid> {
  return new Map(Object.entries(record) as [RefName, Oid][])
}

function plan(here: Record<string, Oid>, declared: Record<string, Oid>, newer: DeclaredRefs[] = []) {
  const { first, then } = planAlignment(refs(here), refs(declared), newer, 'sha1')
  const told = (updates: typeof first) =>
    updates.map((update) => (isDelete(update) ? `-${update.ref}` : `${update.ref}=${update.newOid[0]}`))
  return { first: told(first), then: told(then) }
}

describe('what brings a repository to a state', () => {
  test('is nothing where it has all that is declared, and no more', () => {
    expect(plan({ 'refs/heads/main': A }, { 'refs/heads/main': A })).toEqual({ first: [], then: [] })
  })

  test('makes, moves and deletes', () => {
    const here = { 'refs/heads/main': A, 'refs/heads/old': B }
    const declared = { 'refs/heads/main': C, 'refs/tags/v1': B }
    const then = ['refs/heads/main=c', 'refs/tags/v1=b', '-refs/heads/old']
    expect(plan(here, declared)).toEqual({ first: [], then })
  })

  test('deletes first what stands where a directory is to be, or the other way round', () => {
    expect(plan({ 'refs/heads/a': A }, { 'refs/heads/a/b': A }).first).toEqual(['-refs/heads/a'])
    expect(plan({ 'refs/heads/a/b/c': A }, { 'refs/heads/a': A }).first).toEqual(['-refs/heads/a/b/c'])
    expect(plan({ 'refs/heads/ab': A }, { 'refs/heads/a': A }).first).toEqual([])
  })

  test('leaves alone what was pushed for a newer state that is not complete yet', () => {
    const newer = [refs({ 'refs/heads/main': B, 'refs/heads/next': C })]
    expect(plan({ 'refs/heads/main': B }, { 'refs/heads/main': A }, newer)).toEqual({ first: [], then: [] })
  })
})

test('after any plan without newer states, the refs are what is declared', () => {
  const names = ['refs/heads/a', 'refs/heads/b', 'refs/heads/c/d', 'refs/tags/t']
  const some = fc.dictionary(fc.constantFrom(...names), fc.constantFrom(A, B, C))
  fc.assert(
    fc.property(some, some, (here, declared) => {
      const after = refs(here)
      const { first, then } = planAlignment(refs(here), refs(declared), [], 'sha1')
      for (const update of [...first, ...then]) {
        expect(update.oldOid).toBe(after.get(update.ref) ?? '0'.repeat(40))
        if (isDelete(update)) after.delete(update.ref)
        else after.set(update.ref, update.newOid)
      }
      expect(after).toEqual(refs(declared))
    }),
  )
})
