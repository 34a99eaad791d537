/** Files that git reads because of their names: plain ones, odd ones, bad ones. */
import type { FileName } from '../../../src/git/fsck/check.ts'
import type { ObjectFormat } from '../../../src/kernel/ids.ts'
import { objectOf, type HashedObject } from './object-text.ts'

const SECTIONS = [
  'a',
  'lib/a',
  'a b',
  'a.b',
  '..',
  '../a',
  'a/..',
  'a/../b',
  'a..b',
  '',
  'é',
  'x\\\\..\\\\y',
  '-a',
  '.',
]
const HEADS = [
  ...SECTIONS.map((name) => `[submodule "${name}"]`),
  '[submodule]',
  '[core]',
  '[submodule "a"',
  '[a.b]',
]
const KEYS = [
  'path',
  'url',
  'URL',
  'update',
  'branch',
  'shallow',
  'ignore',
  'fetchRecurseSubmodules',
  'other',
  '',
]
const SETTERS = [' = ', '=', ' =', '= ', ' ', '', ' == ']
const VALUES = [
  ...[
    'a',
    'lib/a',
    '-a',
    '--upload-pack=x',
    '!rm',
    'checkout',
    'none',
    'merge',
    'true',
    '',
    '"-a"',
    '"a',
    'a b',
    '\\',
  ],
  ...[
    'https://example.com/a.git',
    'http://example.com/a',
    'https://example.com',
    'https:///a',
    'https://',
    'a;b',
    'a#b',
  ],
  ...[
    'https://example.com/%0ahost=b',
    'https://example.com/../a',
    'https://example.com/../../a',
    'https://u:p@h/a',
  ],
  ...[
    'https://example.com:443/a',
    'https://example.com:0/a',
    'https://ex_ample/a',
    'https://-/a',
    'https://./a',
  ],
  ...[
    'git://example.com/a',
    'git://example.com/%0a',
    'ssh://git@example.com/a',
    'git@example.com:a/b.git',
    'ext::sh',
  ],
  ...[
    './a',
    '../a',
    '../../a.git',
    '../:a',
    '..//a',
    './:a',
    '.././a',
    './%0a',
    'http::a',
    'https::/a',
    '.',
    '..',
    '/a',
  ],
  ...[
    'ftp://example.com/a',
    'https://example.com//a',
    'https://example.com/a/..',
    'https://example.com/a?b',
    '../a/../b',
  ],
]
const ATTRIBUTE_LINES = [
  '* text=auto',
  '# é',
  '',
  'a'.repeat(2_047),
  'a'.repeat(2_048),
  '\0',
  ' x',
  '*.png binary',
]
const ENDS = ['\n', '\r\n', '']
const PLAIN = '[submodule "a"]\n\tpath = a\n\turl = https://example.com/a.git\n'

/** Each of the odd parts alone with plain ones, so that it is not another one that is told. */
export function readFiles(format: ObjectFormat): Readonly<Record<FileName, readonly HashedObject[]>> {
  const blobs = (contents: readonly string[]) =>
    [...new Set(contents)].map((content) => objectOf('blob', Buffer.from(content), format))
  return { '.gitattributes': blobs(attributes()), '.gitmodules': blobs(modules()) }
}

function attributes(): string[] {
  return ATTRIBUTE_LINES.flatMap((line) =>
    ENDS.flatMap((end) => [`${line}${end}`, `* text${end}${line}${end}x`, `${line}${end}${line}`]),
  )
}

function modules(): string[] {
  const settings = KEYS.flatMap((key) =>
    SETTERS.flatMap((setter) => VALUES.map((value) => key + setter + value)),
  )
  const lines = ['# x', ';x', ' ', '\0', '\r', 'x', 'é', '\tpath = a # b', '\tpath = a\\', '#\0', '"']
  return [
    '',
    PLAIN,
    PLAIN + PLAIN,
    PLAIN.replaceAll('\n', '\r\n'),
    PLAIN.trimEnd(),
    '\tpath = a\n',
    ...HEADS.flatMap((head) => [`${head}\n`, `${head}\n\tpath = a\n`, `${PLAIN}${head}\n\tupdate = !a\n`]),
    ...settings.map((setting) => `${PLAIN}\t${setting}\n`),
    ...lines.flatMap((line) => [`${line}\n${PLAIN}`, `${PLAIN}${line}\n`, `${PLAIN}${line}`]),
  ]
}
