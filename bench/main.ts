/**
 * `npm run bench [-- options] [row …]`: measures the rows, writes docs/benchmarks.md and bench/out/.
 * Progress goes to standard error; the sections, or JSON, to standard output. Ends with 1 when a row
 * could not be measured; a goal that was missed is a finding and no failure.
 */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openInputs } from './inputs/inputs.ts'
import { describeMachine } from './machine.ts'
import { BENCH_USAGE, parseBenchOptions, type BenchOptions } from './options.ts'
import { openKeptProfiles } from './profile/kept-profiles.ts'
import { runProfiled } from './profile/run-profiled.ts'
import { writeJson } from './report/json.ts'
import { writeSection, type Causes } from './report/section.ts'
import { stampRun } from './report/stamp.ts'
import { pageOf, updatePage } from './report/write-page.ts'
import type { Row } from './row.ts'
import { ROWS, rowsNamed } from './rows.ts'
import { listRows } from './rows-list.ts'
import { runRows } from './run.ts'

const ROUNDS = 5

const root = process.cwd()
const out = join(root, 'bench', 'out')
const { rows, options } = readCommandLine()
if (options.list) process.stdout.write(listRows(ROWS, pageOf(root).text))
else await bench()

function readCommandLine(): { rows: readonly Row[]; options: BenchOptions } {
  try {
    const options = parseBenchOptions(process.argv.slice(2))
    return { rows: rowsNamed(options.names, options.all), options }
  } catch (err) {
    process.stderr.write(`${err instanceof Error ? err.message : String(err)}\n\n${BENCH_USAGE}`)
    process.exit(2)
  }
}

async function bench(): Promise<void> {
  const scratch = await mkdtemp(join(tmpdir(), 'sluice-bench-'))
  leaveNothingBehind(scratch)
  mkdirSync(out, { recursive: true })
  const machine = await describeMachine(scratch)
  const rounds = options.quick || options.profile ? 1 : ROUNDS
  const stamp = await stampRun(root, machine, rounds)
  const inputs = openInputs(join(out, 'inputs'), process.env['BENCH_REPO'] ?? null, progress)
  const parts = { root, scratch, rounds, inputs, progress }
  const profiles = openKeptProfiles(root)
  const results = options.profile
    ? await runProfiled(rows, parts, stamp, profiles)
    : await runRows(rows, parts)

  const causes = JSON.parse(readFileSync(join(root, 'bench', 'causes.json'), 'utf8')) as Causes
  const sections = new Map(
    results.map((result) => {
      const { title, name } = result.row
      return [title, writeSection(result, stamp, causes, profiles.of(name))]
    }),
  )
  if (rounds === ROUNDS) {
    updatePage(root, machine, stamp, sections)
    for (const result of results) {
      writeFileSync(join(out, `${result.row.name}.json`), writeJson([result], machine, stamp))
    }
  }
  process.stdout.write(options.json ? writeJson(results, machine, stamp) : [...sections.values()].join('\n'))
  process.exitCode = results.some((result) => result.status === 'failed') ? 1 : 0
}

function progress(text: string): void {
  process.stderr.write(`bench: ${text}\n`)
}

/** The servers end with this process; see peers/start-process.ts. */
function leaveNothingBehind(directory: string): void {
  process.once('exit', () => rmSync(directory, { recursive: true, force: true }))
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130))
}
