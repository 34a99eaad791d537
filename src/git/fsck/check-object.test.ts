import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { OBJECT_TYPES } from '../objects/object-type.ts'
import { checkObject } from './check-object.ts'
import { isSoundFile } from './sound-file.ts'

const MIB = 1024 * 1024
/** A mebibyte takes some ten milliseconds; what grows with its square, minutes. */
const SLOW_MS = 2_000
const OID = '4b825dc642cb6eb9a060e54bf8d69288fbee4904'
const WHO = 'A <a@example.test> 1700000000 +0000'

function entry(name: string, mode = '100644'): Buffer {
  return Buffer.concat([Buffer.from(`${mode} ${name}\0`, 'latin1'), Buffer.from(OID, 'hex')])
}

function times(count: number, piece: (at: number) => string | Buffer): Buffer {
  return Buffer.concat(Array.from({ length: count }, (_, at) => Buffer.from(piece(at))))
}

const prefixes = (mode: string) => times(1_400, (at) => entry('a'.repeat(at + 1), mode))

test.each([
  ['tree', 'names that begin with each other', prefixes('100644')],
  ['tree', 'the same, of directories', prefixes('40000')],
  [
    'tree',
    'a directory behind very many files that begin as it does',
    Buffer.concat([prefixes('100644'), entry('a!', '40000')]),
  ],
  ['tree', 'one name', entry('n'.repeat(MIB))],
  ['tree', 'names full of folds', times(250, (at) => entry(`.${'\\.git. . '.repeat(450)}${at}`))],
  [
    'tree',
    'names full of code points that are ignored',
    times(250, (at) => entry(`.${'\xe2\x80\x8c'.repeat(1_300)}${at}`)),
  ],
  ['tree', 'one mode', Buffer.from('1'.repeat(MIB))],
  ['tree', 'zeros', Buffer.alloc(MIB)],
  [
    'commit',
    'parents',
    Buffer.from(`tree ${OID}\n${`parent ${OID}\n`.repeat(20_000)}author ${WHO}\ncommitter ${WHO}\n`),
  ],
  ['commit', 'authors', Buffer.from(`tree ${OID}\n${`author ${WHO}\n`.repeat(20_000)}committer ${WHO}\n`)],
  ['commit', 'a name of signs', Buffer.from(`tree ${OID}\nauthor ${'<'.repeat(MIB)}\n`)],
  ['commit', 'a time of digits', Buffer.from(`tree ${OID}\nauthor A <a> ${'9'.repeat(MIB)}\n`)],
  ['commit', 'line feeds and spaces', Buffer.from(`tree ${OID}\n${'\n '.repeat(MIB / 2)}`)],
  ['tag', 'a name', Buffer.from(`object ${OID}\ntype commit\ntag ${'a/.'.repeat(MIB / 3)}\ntagger ${WHO}\n`)],
  ['tag', 'a type', Buffer.from(`object ${OID}\ntype ${'commit'.repeat(MIB / 6)}\n`)],
] as const)('a %s of %s is looked at in time', (type, _what, content) => {
  const before = performance.now()
  checkObject(type, content, 'sha1')
  expect(performance.now() - before).toBeLessThan(SLOW_MS)
})

test.each(['\n', ' ', '\t=', '[submodule "', '../', '\turl = ../', '\tpath = a/', '#', '"', 'a'])(
  'files full of %j are looked at in time',
  (piece) => {
    const content = Buffer.from(piece.repeat((64 * 1024) / piece.length))
    const before = performance.now()
    isSoundFile('.gitmodules', content)
    isSoundFile('.gitattributes', content)
    expect(performance.now() - before).toBeLessThan(SLOW_MS)
  },
)

test('any bytes get an answer', () => {
  fc.assert(
    fc.property(fc.constantFrom(...OBJECT_TYPES), fc.uint8Array({ maxLength: 200 }), (type, bytes) => {
      expect(checkObject(type, Buffer.from(bytes), 'sha1').kind).toMatch(/^(?:sound|fault|unusual)/)
    }),
    { numRuns: 2_000 },
  )
})

test('references are what git follows: no submodules', () => {
  const tree = Buffer.concat([entry('a'), entry('b', '160000'), entry('c', '40000'), entry('d', '120000')])
  const types = ['blob', 'tree', 'blob'] as const
  const references = types.map((type) => ({ oid: OID, type }))
  expect(checkObject('tree', tree, 'sha1')).toEqual({ kind: 'sound', references })
  const commit = Buffer.from(`tree ${OID}\nparent ${OID}\nauthor ${WHO}\ncommitter ${WHO}\n`)
  const ofCommit = (['tree', 'commit'] as const).map((type) => ({ oid: OID, type }))
  expect(checkObject('commit', commit, 'sha1')).toEqual({ kind: 'sound', references: ofCommit })
})

test('a file that git reads is told with its name, however that is spelled', () => {
  const tree = (name: string, mode?: string) => checkObject('tree', entry(name, mode), 'sha1')
  const files = (name: string) => [{ oid: OID, name }]
  expect(tree('.gitattributes')).toMatchObject({ kind: 'sound with files', files: files('.gitattributes') })
  expect(tree('.GITMODULES. ')).toMatchObject({ kind: 'sound with files', files: files('.gitmodules') })
  expect(tree('.gitattributes', '40000')).toEqual({ kind: 'unusual' })
  expect(tree('.gitmodules', '120000')).toEqual({ kind: 'fault', id: 'gitmodulesSymlink' })
})
