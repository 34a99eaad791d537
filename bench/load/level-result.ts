/**
 * What came of one level. The names of the first block are those that forgemark writes, so that files can
 * be laid side by side; what forgemark has not stands in a block of its own.
 */
import { LOST_RACE } from './failure.ts'
import { COMMIT_SHAPE } from './commit-line.ts'
import { STRATEGIES, type Operation, type StrategyName } from './strategies.ts'

export interface LoadSample {
  readonly operation: Operation
  /** From the start of the level, milliseconds. */
  readonly atMs: number
  readonly ms: number
  /** `null`: it went well. */
  readonly failure: string | null
}

export interface LevelResult {
  readonly concurrency: number
  readonly strategy: StrategyName
  readonly repos: number
  readonly nodes: 1
  readonly window_sec: number
  /** Attempts of what the strategy counts. */
  readonly pushes: number
  readonly ok: number
  readonly cas_failures: number
  readonly other_errors: number
  readonly ops_per_sec: number
  readonly p50_ms: number
  readonly p95_ms: number
  readonly p99_ms: number
  readonly p999_ms: number
  readonly max_ms: number
  readonly commit_files: string
  readonly error_messages?: readonly FailureCount[]
  /** Only of sessions. */
  readonly clones?: number
  readonly clone_ok?: number
  readonly clone_errors?: number
  readonly clone_p50_ms?: number
  readonly clone_p95_ms?: number
  readonly clone_p99_ms?: number
  readonly clone_error_messages?: readonly FailureCount[]

  /** Server CPU, children included, for each operation that went well, clones and pushes; `null`: not ours to see. */
  readonly server_cpu_ms_per_op: number | null
  /** Cores that the process that makes the load took; the gits of `--client git` are not in it. */
  readonly client_cores: number
  /** Removals of branches that failed; not measured otherwise. */
  readonly tidy_failures: number
}

export interface FailureCount {
  readonly message: string
  readonly count: number
}

export interface LevelFacts {
  readonly strategy: StrategyName
  readonly concurrency: number
  readonly warmupMs: number
  readonly windowMs: number
  readonly serverCpuMs: number | null
  readonly clientCpuMs: number
  readonly tidyFailures: number
}

/** @param samples of the whole level, warm-up included */
export function summarizeLevel(samples: readonly LoadSample[], facts: LevelFacts): LevelResult {
  const { strategy, concurrency, warmupMs, windowMs } = facts
  const counted = samples.filter(({ atMs, ms }) => atMs >= warmupMs && atMs + ms <= warmupMs + windowMs)
  const { counts, repositories } = STRATEGIES[strategy]
  const primary = summarizeOperation(counted, counts)
  const seconds = windowMs / 1000
  const went = counted.filter(({ failure }) => failure === null).length
  return {
    concurrency,
    strategy,
    repos: Math.min(concurrency, repositories.count),
    nodes: 1,
    window_sec: seconds,
    pushes: primary.attempts,
    ok: primary.ok,
    cas_failures: primary.lostRaces,
    other_errors: primary.errors,
    ops_per_sec: primary.ok / seconds,
    p50_ms: percentile(primary.sorted, 50),
    p95_ms: percentile(primary.sorted, 95),
    p99_ms: percentile(primary.sorted, 99),
    p999_ms: percentile(primary.sorted, 99.9),
    max_ms: percentile(primary.sorted, 100),
    commit_files: `${COMMIT_SHAPE.filesMin}-${COMMIT_SHAPE.filesMax} x ${COMMIT_SHAPE.fileBytes}B`,
    ...(primary.kinds.length === 0 ? {} : { error_messages: primary.kinds }),
    ...(strategy === 'session' ? clonesOf(counted) : {}),
    server_cpu_ms_per_op: facts.serverCpuMs === null ? null : facts.serverCpuMs / Math.max(went, 1),
    client_cores: facts.clientCpuMs / windowMs,
    tidy_failures: facts.tidyFailures,
  }
}

interface OperationSummary {
  readonly attempts: number
  readonly ok: number
  readonly lostRaces: number
  readonly errors: number
  /** Milliseconds of those that went well, ascending. */
  readonly sorted: readonly number[]
  /** Of the errors, the most frequent first. */
  readonly kinds: readonly FailureCount[]
}

function summarizeOperation(samples: readonly LoadSample[], operation: Operation): OperationSummary {
  const own = samples.filter((sample) => sample.operation === operation)
  const sorted = own
    .filter(({ failure }) => failure === null)
    .map(({ ms }) => ms)
    .toSorted((a, b) => a - b)
  const counts = new Map<string, number>()
  let lostRaces = 0
  for (const { failure } of own) {
    if (failure === LOST_RACE) lostRaces++
    else if (failure !== null) counts.set(failure, (counts.get(failure) ?? 0) + 1)
  }
  const kinds = [...counts]
    .map(([message, count]) => ({ message, count }))
    .toSorted((a, b) => b.count - a.count)
  const errors = kinds.reduce((sum, { count }) => sum + count, 0)
  return { attempts: own.length, ok: sorted.length, lostRaces, errors, sorted, kinds }
}

function clonesOf(samples: readonly LoadSample[]): Partial<LevelResult> {
  const clones = summarizeOperation(samples, 'clone')
  return {
    clones: clones.attempts,
    clone_ok: clones.ok,
    clone_errors: clones.errors,
    clone_p50_ms: percentile(clones.sorted, 50),
    clone_p95_ms: percentile(clones.sorted, 95),
    clone_p99_ms: percentile(clones.sorted, 99),
    ...(clones.kinds.length === 0 ? {} : { clone_error_messages: clones.kinds }),
  }
}

/** By nearest rank, as forgemark; 0 where nothing went well. @param sorted ascending */
export function percentile(sorted: readonly number[], percent: number): number {
  const rank = Math.ceil((percent / 100) * sorted.length) - 1
  return sorted[Math.max(rank, 0)] ?? 0
}
