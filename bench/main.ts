/**
 * `npm run bench [-- --json] [name …]`: measures the rows, writes docs/benchmarks.md and bench/out/.
 * Progress goes to standard error; the sections, or JSON, to standard output. Ends with 1 when a row
 * could not be measured; a goal that was missed is a finding and no failure.
 */
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { openInputs } from './inputs/inputs.ts'
import { describeMachine } from './machine.ts'
import { writeJson } from './report/json.ts'
import { writeHead, writePage } from './report/page.ts'
import { writeSection, type Causes } from './report/section.ts'
import { stampRun } from './report/stamp.ts'
import { ROWS, rowsNamed } from './rows.ts'
import { runRows } from './run.ts'

const ROUNDS = 5

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { json: { type: 'boolean', default: false } },
})
const root = process.cwd()
const out = join(root, 'bench', 'out')
const page = join(root, 'docs', 'benchmarks.md')
const rows = rowsNamed(positionals)
const scratch = await mkdtemp(join(tmpdir(), 'sluice-bench-'))
leaveNothingBehind(scratch)

const machine = await describeMachine(scratch)
const stamp = await stampRun(root, machine, ROUNDS)
const inputs = openInputs(join(out, 'inputs'), process.env['BENCH_REPO'] ?? null, progress)
const results = await runRows(rows, { root, scratch, rounds: ROUNDS, inputs, progress })

const causes = JSON.parse(readFileSync(join(root, 'bench', 'causes.json'), 'utf8')) as Causes
const sections = new Map(results.map((result) => [result.row.title, writeSection(result, stamp, causes)]))
const titles = ROWS.map((row) => row.title)
const previous = existsSync(page) ? readFileSync(page, 'utf8') : ''
writeFileSync(page, writePage(previous, writeHead(machine, stamp), sections, titles))
for (const result of results) {
  writeFileSync(join(out, `${result.row.name}.json`), writeJson([result], machine, stamp))
}
process.stdout.write(values.json ? writeJson(results, machine, stamp) : [...sections.values()].join('\n'))
process.exitCode = results.some((result) => result.status === 'failed') ? 1 : 0

function progress(text: string): void {
  process.stderr.write(`bench: ${text}\n`)
}

/** The servers end with this process; see peers/start-process.ts. */
function leaveNothingBehind(directory: string): void {
  process.once('exit', () => rmSync(directory, { recursive: true, force: true }))
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130))
}
