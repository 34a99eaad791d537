import { expect, test } from 'vitest'
import { isStorableName, parseStoredRef } from './stored-ref.ts'

const OID = '8e1b9a77f4d16c1378712f03fc1a9cdb8cf4cf76'
const direct = { kind: 'direct', oid: OID }
const broken = { kind: 'broken' }

test.each([
  ['an id with a line feed', `${OID}\n`, direct],
  ['an id alone', OID, direct],
  ['an id in capitals', OID.toUpperCase(), direct],
  ['an id with a remark', `${OID}\tby hand`, direct],
  ['an id that goes on', `${OID}a\n`, broken],
  ['a short id', `${OID.slice(1)}\n`, broken],
  ['the zero id', `${'0'.repeat(40)}\n`, broken],
  ['an empty file', '', broken],
  ['a symbolic ref', 'ref: refs/heads/main\n', { kind: 'symbolic', target: 'refs/heads/main' }],
  ['a symbolic ref without a space', 'ref:refs/heads/main', { kind: 'symbolic', target: 'refs/heads/main' }],
])('%s is read as git reads it', (_, text, expected) => {
  expect(parseStoredRef(text, 40)).toEqual(expected)
})

test('an id of sha256 has 64 digits', () => {
  expect(parseStoredRef(`${'ab'.repeat(32)}\n`, 64)).toEqual({ kind: 'direct', oid: 'ab'.repeat(32) })
  expect(parseStoredRef(`${OID}\n`, 64)).toEqual(broken)
})

test.each([
  ['refs/heads/main', true],
  ['refs/heads/caf\xe9', true],
  ['HEAD', false],
  ['refs/heads/a..b', false],
  ['refs/heads/a b', false],
  ['refs/heads/.a', false],
  ['refs/heads/a.lock', false],
  ['refs/heads/a.lock/b', false],
  ['refs/heads/', false],
])('%s is a name that git stores: %s', (name, storable) => {
  expect(isStorableName(name)).toBe(storable)
})
