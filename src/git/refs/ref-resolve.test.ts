import { expect, test } from 'vitest'
import { resolveRef } from './ref-resolve.ts'
import type { StoredRef } from './stored-ref.ts'

const to = (target: string): StoredRef => ({ kind: 'symbolic', target })
const value: StoredRef = { kind: 'direct', oid: 'ab' }

/** HEAD, then refs/1, refs/2, … each pointing at the next, the last one at a value. */
function chain(links: number): Map<string, StoredRef> {
  const refs = new Map<string, StoredRef>()
  for (let i = 1; i < links; i++) refs.set(`refs/${i}`, to(`refs/${i + 1}`))
  return refs.set(`refs/${links}`, value)
}

test('a chain of symbolic refs is followed to its end', () => {
  const refs = chain(4)
  expect(resolveRef('HEAD', to('refs/1'), (n) => refs.get(n))).toEqual({
    kind: 'value',
    name: 'refs/4',
    oid: 'ab',
  })
})

test('a longer chain is broken, as for git', () => {
  const refs = chain(5)
  expect(resolveRef('HEAD', to('refs/1'), (n) => refs.get(n))).toEqual({ kind: 'broken' })
})

test('a circle ends', () => {
  expect(resolveRef('refs/a', to('refs/a'), () => to('refs/a'))).toEqual({ kind: 'broken' })
})

test('a name that does not exist is absent, and known by name', () => {
  expect(resolveRef('HEAD', to('refs/heads/main'), () => undefined)).toEqual({
    kind: 'absent',
    name: 'refs/heads/main',
  })
})

test('a target outside refs/ is never read', () => {
  const read = () => {
    throw new Error('read')
  }
  expect(resolveRef('HEAD', to('../../etc/passwd'), read)).toEqual({ kind: 'broken' })
})
