/** `npm run bench -- --list`: what there is, and how long it took when it was last measured. */
import type { Row } from './row.ts'

/** Of a section as report/section.ts writes it. */
const LAST = /^`npm run bench (\S+)` .* rounds, (\d+) s /gm
const WIDTHS = { name: 20, seconds: 6 } as const

/** @param page docs/benchmarks.md; empty when there is none */
export function listRows(rows: readonly Row[], page: string): string {
  const last = new Map([...page.matchAll(LAST)].map(([, name = '', seconds]) => [name, Number(seconds)]))
  const lines = rows.map(({ name, title, onlyWhenAsked = false }) => {
    const seconds = last.get(name)
    const shown = seconds === undefined ? 'never' : `${seconds} s`
    return `${name.padEnd(WIDTHS.name)}${shown.padStart(WIDTHS.seconds)}  ${title}${onlyWhenAsked ? ' (only when asked for, or with --all)' : ''}`
  })
  const usual = rows.filter((row) => row.onlyWhenAsked !== true)
  const total = usual.reduce((sum, { name }) => sum + (last.get(name) ?? 0), 0)
  const unknown = usual.filter(({ name }) => !last.has(name)).length
  const without = unknown === 0 ? '' : `, without the ${unknown} never measured`
  return [...lines, '', `${usual.length} rows, ${Math.ceil(total / 60)} min${without}`, ''].join('\n')
}
