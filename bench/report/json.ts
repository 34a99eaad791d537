/** The same results for programs. */
import { judge } from '../figure.ts'
import type { Machine } from '../machine.ts'
import type { RowResult } from '../run.ts'
import type { RunStamp } from './section.ts'

export function toJson(result: RowResult): object {
  const { row, ...rest } = result
  const named = { name: row.name, title: row.title }
  if (rest.status === 'failed') return { ...named, ...rest }
  const figures = rest.figures.map((figure) => ({ ...figure, judgement: judge(figure) }))
  return { ...named, ...rest, figures }
}

export function writeJson(results: readonly RowResult[], machine: Machine, stamp: RunStamp): string {
  return `${JSON.stringify({ ...stamp, machine, rows: results.map(toJson) }, null, 2)}\n`
}
