import { describe, expect, test } from 'vitest'
import type { Oid } from '../../kernel/ids.ts'
import { parseCommit, parseSignature, parseTag } from './commit.ts'

const OID = 'c'.repeat(40) as Oid
const TREE = 'a'.repeat(40)

function commit(lines: readonly string[], message = 'm\n', encoding: BufferEncoding = 'utf8') {
  const header = [`tree ${TREE}`, ...lines].join('\n')
  return parseCommit(OID, Buffer.from(`${header}\n\n${message}`, encoding))
}

describe('a commit', () => {
  test('has its tree, parents in order, people and whole message', () => {
    const parents = ['1', '2', '3'].map((digit) => digit.repeat(40))
    const lines = [
      ...parents.map((oid) => `parent ${oid}`),
      'author Ada Löv <ada@example.org> 1700000000 +0130',
      'committer C <> 1 -0000',
    ]
    expect(commit(lines, 'subject\n\nbody\n\n')).toEqual({
      oid: OID,
      tree: TREE,
      parents,
      author: { name: 'Ada Löv', email: 'ada@example.org', seconds: 1_700_000_000, zone: '+0130' },
      committer: { name: 'C', email: '', seconds: 1, zone: '-0000' },
      message: 'subject\n\nbody\n\n',
    })
  })

  test('keeps no word of a signature or of a merged tag', () => {
    const signed = [
      'author A <a@x> 1 +0000',
      'committer A <a@x> 1 +0000',
      'gpgsig -----BEGIN PGP SIGNATURE-----',
      ' ',
      ' parent 1111',
      ' author Mallory <m@x> 2 +0000',
      ' -----END PGP SIGNATURE-----',
      `mergetag object ${TREE}`,
      ' type commit',
      ' tagger Mallory <m@x> 2 +0000',
    ]
    expect(commit(signed)).toMatchObject({ parents: [], author: { name: 'A' }, message: 'm\n' })
  })

  test.each([
    ['ISO-8859-1', 'latin1', 'é\x85'],
    ['latin1', 'latin1', 'é'],
    ['UTF-8', 'utf8', 'é'],
    ['x-nobody-knows', 'utf8', 'é'],
  ] as const)('in %s is decoded', (label, encoding, text) => {
    const lines = [`author ${text} <a@x> 1 +0000`, 'committer A <a@x> 1 +0000', `encoding ${label}`]
    expect(commit(lines, text, encoding)).toMatchObject({ author: { name: text }, message: text })
  })

  test('in a multibyte encoding is decoded', () => {
    const header = `tree ${TREE}\nauthor A <a@x> 1 +0000\ncommitter A <a@x> 1 +0000\nencoding EUC-JP\n\n`
    const content = Buffer.concat([Buffer.from(header), Buffer.from([0xc6, 0xfc, 0xcb, 0xdc])])
    expect(parseCommit(OID, content)?.message).toBe('日本')
  })

  test('without a message, an author or a tree', () => {
    expect(parseCommit(OID, Buffer.from(`tree ${TREE}\n`))).toMatchObject({
      message: '',
      author: { name: '', seconds: 0 },
    })
    expect(parseCommit(OID, Buffer.from('parent x\n\nm'))).toBeNull()
    expect(parseCommit(OID, Buffer.alloc(0))).toBeNull()
  })
})

test.each([
  ['A B <a@x> 12 +0200', 'A B', 'a@x', 12, '+0200'],
  ['<a@x> 12 +0200', '', 'a@x', 12, '+0200'],
  ['A <a@x>', 'A', 'a@x', 0, '+0000'],
  ['A <a@x> 12', 'A', 'a@x', 12, '+0000'],
  ['A <a@x> never +0000', 'A', 'a@x', 0, '+0000'],
  ['A <a@x> 99999999999999999999 +0000', 'A', 'a@x', 0, '+0000'],
  ['A <a <b>> 12 +0000', 'A', 'a <b', 12, '+0000'],
  ['nobody', 'nobody', '', 0, '+0000'],
  ['', '', '', 0, '+0000'],
])('the signature %j', (line, name, email, seconds, zone) => {
  expect(parseSignature(line)).toEqual({ name, email, seconds, zone })
  expect(() => new Date(parseSignature(line).seconds * 1_000).toISOString()).not.toThrow()
})

describe('a tag', () => {
  test('has its target, name, tagger and message', () => {
    const text = `object ${TREE}\ntype commit\ntag v1\ntagger T <t@x> 5 +0000\n\nmessage\n`
    expect(parseTag(OID, Buffer.from(text))).toEqual({
      oid: OID,
      target: TREE,
      targetType: 'commit',
      name: 'v1',
      tagger: { name: 'T', email: 't@x', seconds: 5, zone: '+0000' },
      message: 'message\n',
    })
  })

  test('may have no tagger, and must have a type that there is', () => {
    expect(parseTag(OID, Buffer.from(`object ${TREE}\ntype blob\ntag x\n\n`))).toMatchObject({ tagger: null })
    expect(parseTag(OID, Buffer.from(`object ${TREE}\ntype branch\ntag x\n\n`))).toBeNull()
    expect(parseTag(OID, Buffer.from('tag x\n\n'))).toBeNull()
  })
})
