/**
 * `npm run bench:load [-- options]`: loads Sluice and a stock peer, or a server that runs already, as the
 * public benchmark forgemark does; writes its section of docs/benchmarks.md, or JSON. Progress goes to
 * standard error. Ends with 1 when nothing at all went well at some level, with 2 when nothing could be loaded.
 */
import { randomUUID } from 'node:crypto'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openInputs } from '../inputs/inputs.ts'
import { describeMachine } from '../machine.ts'
import { stampRun } from '../report/stamp.ts'
import { updatePage } from '../report/write-page.ts'
import { CannotLoad } from './check-remote.ts'
import { LOAD_ENTRY } from './entry.ts'
import { writeDocuments } from './forgemark-document.ts'
import { writeLoadSection, type LoadResult } from './load-section.ts'
import { LOAD_USAGE, parseLoadOptions, type LoadOptions } from './options.ts'
import { openProgressBar } from './progress-bar.ts'
import { runLoad } from './run-load.ts'

const root = process.cwd()
const options = readCommandLine()
const scratch = await mkdtemp(join(tmpdir(), 'sluice-load-'))
process.once('exit', () => rmSync(scratch, { recursive: true, force: true }))
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130))

const runId = `fm${randomUUID().slice(0, 8)}`
const machine = await describeMachine(scratch)
const stamp = await stampRun(root, machine, 1)
const result = await loadWithBar().catch(sayWhy)
report(result)
process.exitCode = result.targets.some(({ levels }) => levels.some(({ ok }) => ok === 0)) ? 1 : 0

function readCommandLine(): LoadOptions {
  try {
    return parseLoadOptions(process.argv.slice(2))
  } catch (err) {
    process.stderr.write(`${err instanceof Error ? err.message : String(err)}\n\n${LOAD_USAGE}`)
    process.exit(2)
  }
}

async function loadWithBar(): Promise<LoadResult> {
  const { remote, strategies, concurrency, seconds, warmupSeconds } = options
  const servers = remote === null ? 2 : 1
  const levels = servers * strategies.length * concurrency.length
  using bar = openProgressBar(process.stderr, levels, 1000 * (warmupSeconds + seconds))
  const note = (text: string) => process.stderr.write(`bench:load: ${text}\n`)
  const inputs = openInputs(join(root, 'bench', 'out', 'inputs'), null, note)
  return runLoad({ root, scratch, inputs, options, runId, bar })
}

/** What somebody can mend who runs this is said in a line; anything else is a bug. */
function sayWhy(err: unknown): never {
  if (!(err instanceof CannotLoad)) throw err
  process.stderr.write(`bench:load: ${err.message}\n`)
  process.exit(2)
}

/** A server of somebody else is not for our page. */
function report(result: LoadResult): void {
  const documents = writeDocuments(result, runId)
  const section = writeLoadSection(result, stamp)
  if (options.remote === null && !options.json) {
    mkdirSync(join(root, 'bench', 'out'), { recursive: true })
    writeFileSync(join(root, 'bench', 'out', 'load.json'), documents)
    updatePage(root, machine, stamp, new Map([[LOAD_ENTRY.title, section]]))
  }
  process.stdout.write(options.json ? documents : section)
}
