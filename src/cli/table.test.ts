import { expect, test } from 'vitest'
import { aligned, record, tabbed, type Column } from './table.ts'

interface Row {
  readonly name: string
  readonly size: number | null
}

const COLUMNS: readonly Column<Row>[] = [
  { title: 'name', value: ({ name }) => name, flexible: true },
  { title: 'size', value: ({ size }) => size },
]
const plain = (width: number) => ({ width, heading: (text: string) => text })

test('columns are as wide as what is in them, and what is absent is a dash', () => {
  const rows = [
    { name: 'a', size: 12345 },
    { name: 'longer', size: null },
  ]
  expect(aligned(rows, COLUMNS, plain(80))).toBe('NAME    SIZE\na       12345\nlonger  -\n')
})

test('a flexible column gives way on a narrow terminal; characters that take two columns count as two', () => {
  const cut = aligned([{ name: 'x'.repeat(50), size: 1 }], COLUMNS, plain(20))
  expect(cut.split('\n')[1]).toBe(`${'x'.repeat(13)}…  1`)
  const wide = aligned([{ name: '火箭零件', size: 1 }], COLUMNS, plain(80))
  expect(wide.split('\n').slice(0, 2)).toEqual(['NAME      SIZE', '火箭零件  1'])
})

test('for programs nothing is cut, and the fields are parted by tabs', () => {
  expect(tabbed([{ name: 'x'.repeat(500), size: null }], COLUMNS)).toBe(`${'x'.repeat(500)}\t\n`)
})

test('one thing is shown a line a field', () => {
  expect(record({ name: 'a', size: 1 }, COLUMNS, (text) => text)).toBe('name  a\nsize  1\n')
})

test.each([
  ['an escape sequence', 'a\x1b[2Jb'],
  ['a C1 control', 'a\x9b2Jb'],
  ['a backspace', 'a\bb'],
  ['a mark of direction', 'a\u202eb'],
])('%s in a name does not reach the terminal', (_what, name) => {
  for (const text of [aligned([{ name, size: 1 }], COLUMNS, plain(80)), tabbed([{ name, size: 1 }], COLUMNS)])
    expect(text).toMatch(/a\ufffd(\[?2J)?b/)
})

test('a name with tabs and line feeds stays one field of one line', () => {
  expect(tabbed([{ name: 'a\tb\nc', size: 1 }], COLUMNS)).toBe('a b c\t1\n')
})
