/** Sound trees are held against stock git in reads-differential-trees. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { parseTree } from './tree.ts'

const OID = Buffer.alloc(20, 0xab)
const entry = (mode: string, name: string | Buffer, oid = OID) =>
  Buffer.concat([Buffer.from(`${mode} `), Buffer.from(name), Buffer.from([0]), oid])

test.each([
  ['40000', '040000', 'tree'],
  ['040000', '040000', 'tree'],
  ['100644', '100644', 'blob'],
  ['100664', '100644', 'blob'],
  ['100755', '100755', 'blob'],
  ['100775', '100755', 'blob'],
  ['120000', '120000', 'blob'],
  ['160000', '160000', 'commit'],
  ['140000', '160000', 'commit'],
])('mode %s is %s, a %s', (written, mode, type) => {
  expect(parseTree(entry(written, 'x'), 'sha1')).toEqual([
    { mode, type, name: 'x', rawName: Buffer.from('x'), oid: OID.toString('hex') },
  ])
})

test('a name that is not UTF-8 keeps its bytes and shows as U+FFFD', () => {
  const raw = Buffer.from('caf\xe9', 'latin1')
  expect(parseTree(entry('100644', raw), 'sha1')).toMatchObject([{ name: 'caf\ufffd', rawName: raw }])
})

test('ids have the length of the format', () => {
  const wide = Buffer.alloc(32, 1)
  const content = Buffer.concat([entry('100644', 'a', wide), entry('100644', 'b', wide)])
  expect(parseTree(content, 'sha256')?.map(({ name }) => name)).toEqual(['a', 'b'])
  expect(parseTree(Buffer.alloc(0), 'sha1')).toEqual([])
})

test('a tree that was cut anywhere but between entries is none', () => {
  const content = Buffer.concat([entry('100644', 'a'), entry('40000', 'b'.repeat(9))])
  for (let length = 1; length < content.length; length++) {
    const parsed = parseTree(content.subarray(0, length), 'sha1')
    if (length === entry('100644', 'a').length) expect(parsed).toHaveLength(1)
    else expect(parsed).toBeNull()
  }
})

test('no bytes make it throw', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      parseTree(Buffer.from(bytes), 'sha1')
    }),
  )
})
