/** Rows in columns: aligned and cut to the terminal for people, parted by tabs and whole for programs. */
import { printable } from '../client/printable.ts'

export interface Column<Item> {
  readonly title: string
  readonly value: (item: Item) => string | number | boolean | null | undefined
  /** Gives way when the terminal is too narrow. */
  readonly flexible?: true
}

const GAP = '  '
const NARROWEST = 8
/** Each of these takes two columns. @see Unicode TR11 */
const WIDE =
  /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|\p{Emoji_Presentation}/u

const graphemes = new Intl.Segmenter(undefined, { granularity: 'grapheme' })

/** For programs: no titles, nothing cut. */
export function tabbed<Item>(items: readonly Item[], columns: readonly Column<Item>[]): string {
  return items.map((item) => `${columns.map((column) => cell(column, item)).join('\t')}\n`).join('')
}

/** @param width of the terminal; @param heading how titles are set apart */
export function aligned<Item>(
  items: readonly Item[],
  columns: readonly Column<Item>[],
  { width, heading }: { readonly width: number; readonly heading: (text: string) => string },
): string {
  const rows = items.map((item) => columns.map((column) => cell(column, item) || '-'))
  const titles = columns.map(({ title }) => title.toUpperCase())
  const wanted = columns.map((_, i) => Math.max(...[titles, ...rows].map((row) => widthOf(row[i] ?? ''))))
  const widths = fit(wanted, columns, width)
  const line = (row: readonly string[]) =>
    row
      .map((text, i) => pad(text, widths[i] ?? 0))
      .join(GAP)
      .trimEnd()
  return [heading(line(titles)), ...rows.map(line), ''].join('\n')
}

/** One thing, a line a field. */
export function record<Item>(
  item: Item,
  columns: readonly Column<Item>[],
  label: (text: string) => string,
): string {
  const longest = Math.max(...columns.map(({ title }) => title.length))
  const lines = columns.map(
    (column) => `${label(column.title.padEnd(longest))}${GAP}${cell(column, item) || '-'}\n`,
  )
  return lines.join('')
}

function cell<Item>({ value }: Column<Item>, item: Item): string {
  return printable(String(value(item) ?? ''))
}

/** Flexible columns share what the others leave. */
function fit(wanted: readonly number[], columns: readonly Column<never>[], width: number): readonly number[] {
  const total = (widths: readonly number[]) => sum(widths) + GAP.length * (widths.length - 1)
  const flexible = columns.flatMap((column, i) => (column.flexible ? [i] : []))
  const excess = total(wanted) - width
  if (excess <= 0 || flexible.length === 0) return wanted
  const share = Math.ceil(excess / flexible.length)
  return wanted.map((own, i) =>
    flexible.includes(i) ? Math.min(own, Math.max(NARROWEST, own - share)) : own,
  )
}

function pad(text: string, width: number): string {
  const shown = cut(text, width)
  return shown + ' '.repeat(Math.max(0, width - widthOf(shown)))
}

function cut(text: string, width: number): string {
  if (widthOf(text) <= width) return text
  let shown = ''
  let taken = 1 // the ellipsis
  for (const { segment } of graphemes.segment(text)) {
    taken += widthOfGrapheme(segment)
    if (taken > width) break
    shown += segment
  }
  return `${shown}…`
}

function widthOf(text: string): number {
  return sum([...graphemes.segment(text)].map(({ segment }) => widthOfGrapheme(segment)))
}

function widthOfGrapheme(segment: string): number {
  return WIDE.test(segment) ? 2 : 1
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((a, b) => a + b, 0)
}
