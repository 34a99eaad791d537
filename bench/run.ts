/** Runs rows one after the other. One that cannot be measured has failed: it is never left out. */
import { mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { loopFigures } from './loop-figures.ts'
import { loopDelaysDuring } from './measure/loop-delay.ts'
import type { Row, Measured, RowParts } from './row.ts'

export type RowResult = { readonly row: Row; readonly seconds: number } & (
  ({ readonly status: 'measured' } & Measured) | { readonly status: 'failed'; readonly error: string }
)

/** @param parts `scratch` holds a directory for each row while it runs */
export async function runRows(rows: readonly Row[], parts: RowParts): Promise<RowResult[]> {
  const results: RowResult[] = []
  for (const row of rows) results.push(await runRow(row, parts))
  return results
}

async function runRow(row: Row, parts: RowParts): Promise<RowResult> {
  const begin = performance.now()
  const seconds = () => Math.round((performance.now() - begin) / 1000)
  const progress = (text: string) => parts.progress(`${row.name}: ${text}`)
  const scratch = await mkdtemp(join(parts.scratch, `${row.name}-`))
  try {
    const { result, delays } = await loopDelaysDuring(() => row.measure({ ...parts, scratch, progress }))
    const figures = [...result.figures, ...loopFigures(delays)]
    return { row, status: 'measured', ...result, figures, seconds: seconds() }
  } catch (err) {
    const error = err instanceof Error ? err.message : String(err)
    progress(`FAILED: ${error}`)
    return { row, status: 'failed', error, seconds: seconds() }
  } finally {
    await rm(scratch, { recursive: true, force: true })
  }
}
