/** Load as a section of docs/benchmarks.md. */
import { MAX_LOOP_DELAY_MS } from '../loop-figures.ts'
import type { LoopDelay } from '../measure/loop-delay.ts'
import { shortNumber } from '../report/numbers.ts'
import type { RunStamp } from '../report/section.ts'
import { LOAD_ENTRY } from './entry.ts'
import type { LevelResult } from './level-result.ts'
import type { LoadOptions } from './options.ts'
import { STRATEGIES } from './strategies.ts'

export interface TargetResult {
  readonly name: string
  readonly levels: readonly LevelResult[]
}

export interface LoadResult {
  readonly options: LoadOptions
  readonly targets: readonly TargetResult[]
  readonly loop: readonly LoopDelay[]
  readonly seconds: number
}

const HEAD = [
  'strategy',
  'agents',
  'server',
  'ok/s',
  'p50',
  'p95',
  'p99',
  'failed',
  'server CPU each',
  'client cores',
]

/** Begins with its heading and ends with a line feed. */
export function writeLoadSection(result: LoadResult, stamp: RunStamp): string {
  const { options, targets, loop } = result
  const how = `\`npm run bench:load\` · ${stamp.date} · commit ${stamp.commit} · ${stamp.processor} · ${result.seconds} s · load before ${stamp.load.toFixed(1)}`
  const shapes = options.strategies.map((name) => `- \`${name}\`: ${STRATEGIES[name].shape}`)
  const failures = targets.flatMap(failuresOf)
  return `${[
    `## ${LOAD_ENTRY.title}`,
    how,
    method(options),
    shapes.join('\n'),
    writeTable(targets),
    ...(failures.length === 0 ? [] : [failures.join('\n')]),
    ...loop.map(loopLine),
  ].join('\n\n')}\n`
}

function method({ seconds, warmupSeconds, client }: LoadOptions): string {
  const clients =
    client === 'git'
      ? 'The client is a stock git, which costs more than any server here'
      : 'The client speaks the protocol itself and has its packs prepared, so that it costs little'
  return `The strategies, the shape of the commits (1 to 10 files of 2 KiB, random), the sweep and the percentiles (nearest rank, of what went well) are those of the public benchmark forgemark; what is different stands in [how-to/load.md](how-to/load.md). ${clients}; it shares the cores with the server. ${seconds} s at each level after ${warmupSeconds} s that are thrown away. One run each, so there is no spread. Sluice checks a token and syncs every push before it acknowledges it; the peer does neither.`
}

function writeTable(targets: readonly TargetResult[]): string {
  const rows = targets
    .flatMap(({ name, levels }) => levels.map((level) => ({ name, level })))
    .toSorted((a, b) => order(a.level) - order(b.level))
    .flatMap(({ name, level }) => rowsOf(name, level))
  return [HEAD, HEAD.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n')
}

/** Servers beside each other at each level; sorting keeps their order. */
function order({ strategy, concurrency }: LevelResult): number {
  return Object.keys(STRATEGIES).indexOf(strategy) * 1e6 + concurrency
}

function rowsOf(name: string, level: LevelResult): string[][] {
  const { strategy, concurrency, clones } = level
  const costs = [
    level.server_cpu_ms_per_op === null ? '' : `${shortNumber(level.server_cpu_ms_per_op)} ms`,
    shortNumber(level.client_cores),
  ]
  const own = [
    ...[strategy === 'session' ? 'session, pushes' : strategy, String(concurrency), name],
    shortNumber(level.ops_per_sec),
    ...[level.p50_ms, level.p95_ms, level.p99_ms].map((ms) => `${shortNumber(ms)} ms`),
    String(level.cas_failures + level.other_errors),
    ...costs,
  ]
  if (clones === undefined) return [own]
  const { clone_ok = 0, clone_p50_ms = 0, clone_p95_ms = 0, clone_p99_ms = 0, clone_errors = 0 } = level
  const cloned = [
    ...['session, clones', String(concurrency), name],
    shortNumber(clone_ok / level.window_sec),
    ...[clone_p50_ms, clone_p95_ms, clone_p99_ms].map((ms) => `${shortNumber(ms)} ms`),
    String(clone_errors),
    ...['', ''],
  ]
  return [own, cloned]
}

function failuresOf({ name, levels }: TargetResult): string[] {
  return levels.flatMap((level) => {
    const where = `${name}, ${level.strategy}, ${level.concurrency} agents`
    const kinds = [...(level.error_messages ?? []), ...(level.clone_error_messages ?? [])]
    return [
      ...kinds.map(({ message, count }) => `- ${where}: ${count} × ${message}`),
      ...(level.cas_failures === 0 ? [] : [`- ${where}: ${level.cas_failures} lost races`]),
      ...(level.tidy_failures === 0 ? [] : [`- ${where}: ${level.tidy_failures} branches not removed`]),
    ]
  })
}

function loopLine({ p99, longest }: LoopDelay): string {
  const reached = p99 <= MAX_LOOP_DELAY_MS ? 'reached' : '**missed**'
  return `Event-loop delay of Sluice over all levels: p99 ${shortNumber(p99)} ms (goal ≤ ${MAX_LOOP_DELAY_MS} ms, ${reached}), longest ${shortNumber(longest)} ms.`
}
