import { expect, test } from 'vitest'
import { parseBlame } from './blame-porcelain.ts'
import { unquotePath } from './quoted-path.ts'

const [A, B] = ['a'.repeat(40), 'b'.repeat(40)]

test('hunks of one commit share what was told once, and each has its own path', () => {
  const output = [
    `${A} 3 1 2`,
    'author Ada <not> Lovelace',
    'author-mail <ada@example.org>',
    'author-time 1700000000',
    'author-tz +0000',
    'summary ',
    'boundary',
    'filename old name',
    '\tfirst',
    `${A} 4 2`,
    `\t${B} 1 1 1`,
    `${B} 1 3 1`,
    'author ',
    'author-mail <>',
    'author-time 0',
    'summary a  b',
    'filename "q\\"uo\\303\\251"',
    '\t',
    `${A} 9 4 1`,
    'filename other',
    '\tlast',
    '',
  ].join('\n')
  const ada = {
    sha: A,
    authorName: 'Ada <not> Lovelace',
    authorEmail: 'ada@example.org',
    seconds: 1_700_000_000,
    summary: '',
  }
  const nobody = { sha: B, authorName: '', authorEmail: '', seconds: 0, summary: 'a  b' }
  expect(parseBlame(Buffer.from(output))).toEqual([
    { ...ada, startLine: 1, lineCount: 2, originalStartLine: 3, originalPath: 'old name' },
    { ...nobody, startLine: 3, lineCount: 1, originalStartLine: 1, originalPath: 'q"uoé' },
    { ...ada, startLine: 4, lineCount: 1, originalStartLine: 9, originalPath: 'other' },
  ])
})

test.each([
  ['plain', 'plain'],
  ['grüße', 'grüße'],
  ['"a\\tb\\nc\\\\d\\"e"', 'a\tb\nc\\d"e'],
  ['"\\001\\177\\303\\251"', '\x01\x7fé'],
])('%s is the path %j', (quoted, path) => {
  expect(unquotePath(Buffer.from(quoted))).toBe(path)
})
