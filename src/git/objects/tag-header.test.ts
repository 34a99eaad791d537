import { expect, test } from 'vitest'
import { parseTagHeader } from './tag-header.ts'

const OID = 'ab'.repeat(20)
const read = (text: string, hexLength = 40) => parseTagHeader(Buffer.from(text), hexLength)

test('a tag says what it points at', () => {
  expect(read(`object ${OID}\ntype commit\ntag v1\ntagger …`)).toEqual({ oid: OID, type: 'commit' })
  expect(read(`object ${'ab'.repeat(32)}\ntype tag\ntag v1\n`, 64)).toEqual({
    oid: 'ab'.repeat(32),
    type: 'tag',
  })
})

test.each([
  ['an id of the other format', `object ${'ab'.repeat(32)}\ntype commit\ntag v1\n`],
  ['an unknown type', `object ${OID}\ntype note\ntag v1\n`],
  ['no name', `object ${OID}\ntype commit\ntagger x\n`],
  ['a commit', `tree ${OID}\nauthor x\n`],
  ['nothing', ''],
])('a tag with %s cannot be followed', (_, text) => {
  expect(read(text)).toBeNull()
})
