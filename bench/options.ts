/** The command line of `npm run bench`. That of `npm run bench:load` is load/options.ts. */
import { parseArgs } from 'node:util'

export interface BenchOptions {
  /** Rows by name; empty: all that run when none is named. */
  readonly names: readonly string[]
  /** JSON to standard output instead of sections. */
  readonly json: boolean
  /** Only say which rows there are. */
  readonly list: boolean
  /** Also the rows that take long and run only when asked for. */
  readonly all: boolean
  /** One round, shown and not written to the page: whether a row works, not what it measures. */
  readonly quick: boolean
  /** One round under the profiler of the server, for the page to say where the time goes. */
  readonly profile: boolean
}

export const BENCH_USAGE = `npm run bench [-- options] [row …]

  --list     names, last durations and titles of the rows
  --all      also the rows that take long
  --quick    one round, nothing written
  --profile  one round of the named rows with the servers under the profiler; writes bench/profiles/
  --json     JSON to standard output instead of Markdown
`

/** @throws TypeError on an unknown option, as node says it; RangeError on options that exclude each other */
export function parseBenchOptions(args: readonly string[]): BenchOptions {
  const flag = { type: 'boolean', default: false } as const
  const { positionals: names, values } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: { json: flag, list: flag, all: flag, quick: flag, profile: flag },
  })
  if (values.quick && values.profile) throw new RangeError('--profile is quick already')
  if (values.profile && names.length === 0) throw new RangeError('--profile needs the name of a row')
  return { names, ...values }
}
