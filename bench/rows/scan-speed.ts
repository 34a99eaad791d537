/** How fast one scan worker reads new content. */
import { join } from 'node:path'
import { openScanner, type Scanner } from '../../src/scanner/scanner.ts'
import { defaultRules } from '../../src/scanner/rules/default-rules.ts'
import { inPieces } from '../../test/support/batch-of.ts'
import type { Figure } from '../figure.ts'
import { programBatch, sourceBatch } from '../inputs/scanned.ts'
import { interleave } from '../measure/interleave.ts'
import { seriesOf } from '../measure/series.ts'
import type { Row } from '../row.ts'

const MIN_MIB = 60
const PIPE_BYTES = 65_536
const MIB = 1024 * 1024

export const scanSpeed: Row = {
  name: 'scan-speed',
  title: 'Scan of new content',
  method:
    'One worker thread and our own rules; content as `git cat-file --batch` writes it, from memory, in pieces of 64 KiB: 64 MiB of sources, documents and minified code, each file a blob, and 64 MiB of a program. MiB a second of time on the clock, from the first piece to the answer.',
  async measure(parts) {
    const rules = defaultRules()
    const workerScript = join(parts.root, 'dist', 'scan-worker.js')
    await using scanner = openScanner({ workerScript, ruleSets: [rules], workers: 1 })
    const source = sourceBatch(parts.root)
    const program = programBatch()
    const speeds = await interleave(
      { source: () => speedOf(scanner, source), program: () => speedOf(scanner, program) },
      parts,
    )
    return { figures: [figure('sources', speeds.source), figure('a program', speeds.program)] }
  },
}

async function speedOf(scanner: Scanner, batch: Buffer): Promise<number> {
  const begin = performance.now()
  await scanner.scan(defaultRules(), inPieces(batch, PIPE_BYTES))
  return batch.length / MIB / ((performance.now() - begin) / 1000)
}

function figure(what: string, values: readonly number[]): Figure {
  const goal = { measure: 'value', atLeast: MIN_MIB } as const
  return { what: `${what}, MiB a second and worker`, unit: '/s', ours: seriesOf(values), against: null, goal }
}
