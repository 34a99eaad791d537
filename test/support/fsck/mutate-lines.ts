/** Commits and tags with other lines: their order, their words, who and when. */
import type { Dice } from '../dice.ts'
import type { MutationParts } from './mutate-object.ts'

const WORDS = [
  'tree ',
  'parent ',
  'author ',
  'committer ',
  'object ',
  'type ',
  'tag ',
  'tagger ',
  'gpgsig ',
  ' ',
]
const NAMES = ['A', 'A U Thor ', ' ', '', '\t', '.', 'A B', '\xc3\xa9 ', '\xff ', 'A>', 'A ']
const MAILS = ['<a@b>', '<>', '< >', '<a<b>', '<a', 'a>', '<a>>', '<<a>', '', '<a> ']
const SECONDS = [
  ...['0', '1', '00', '01', '-1', '+1', ' 1', '\t1', '', 'x', '1x', '1.5', '1e9', '0x1', '1700000000'],
  ...[
    '2147483648',
    '999999999999999999',
    '9223372036854775807',
    '9223372036854775808',
    '18446744073709551615',
  ],
  ...['18446744073709551616', '9'.repeat(23), '9'.repeat(24), '9'.repeat(100)],
]
const ZONES = [
  '+0000',
  '-0000',
  '+1400',
  '+9999',
  '0000',
  '+00000',
  '+000',
  '+00 0',
  '',
  '-',
  ' +0000',
  '+0000 ',
]
const VALUES = [
  'commit',
  'tree',
  'blob',
  'tag',
  'commits',
  'tre',
  '',
  'v1',
  'v 1',
  'v1.lock',
  '.v',
  'a..b',
  '@',
  '/',
]
const INSERTED = ['\n', '\0', ' ', 'x', '\xff', '\n\n', '\r', 'x y\n', 'encoding x\n', 'gpgsig x\n', ' x\n']

export function mutateLines(content: Buffer, parts: MutationParts): Buffer {
  const { dice } = parts
  const lines = content.toString('latin1').split('\n')
  const at = dice.below(Math.min(lines.length, 6))
  const line = lines[at] ?? ''
  const [word = ''] = /^\w* ?/.exec(line) ?? []
  lines.splice(at, 1, ...instead(line, word, parts))
  return Buffer.from(lines.join('\n'), 'latin1')
}

function instead(line: string, word: string, parts: MutationParts): string[] {
  const { dice } = parts
  const column = dice.below(line.length + 1)
  switch (dice.below(9)) {
    case 0:
      return []
    case 1:
      return [line, line]
    case 2:
      return [dice.pick(WORDS) + line.slice(word.length)]
    case 3:
      return [line.slice(0, column) + dice.pick(INSERTED) + line.slice(column)]
    case 4:
      return [word + dice.pick(VALUES)]
    case 5:
      return [word + otherId(word, parts)]
    case 6:
      return [line, `${dice.pick(WORDS)}${dice.pick(VALUES)}`]
    default:
      return [word + person(dice)]
  }
}

/** In half of the cases as git writes it, but for one part. */
function person(dice: Dice): string {
  const parts = [
    [NAMES, 'A '],
    [MAILS, '<a>'],
    [[' ', '', '  ', '\t'], ' '],
    [SECONDS, '1'],
    [[' ', '', '  ', '\t'], ' '],
    [ZONES, '+0000'],
  ] as const
  const odd = dice.below(2) === 0 ? dice.below(parts.length) : -1
  return parts.map(([choices, good], i) => (odd < 0 || odd === i ? dice.pick(choices) : good)).join('')
}

/** Of an object that fits the word, so that it is not what is missing that is told. */
function otherId(word: string, { dice, known }: MutationParts): string {
  const type = word === 'tree ' ? 'tree' : 'commit'
  const { oid } = dice.pick(known[type])
  return dice.pick([oid, oid, oid, oid.toUpperCase(), oid.slice(1), `${oid}0`, `${oid} `, `${oid.slice(1)}g`])
}
