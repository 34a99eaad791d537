/** One level: so many agents at once, for so long. */
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import type { Base } from './commit-line.ts'
import { kindOf } from './failure.ts'
import { openGitClient } from './git-client.ts'
import { summarizeLevel, type LevelResult, type LoadSample } from './level-result.ts'
import type { AgentPlace, LoadClient } from './load-client.ts'
import type { ClientKind } from './options.ts'
import { openProtocolClient } from './protocol-client.ts'
import { STRATEGIES, type Agent, type StrategyName } from './strategies.ts'
import type { LoadTarget } from './targets.ts'

export interface Level {
  readonly strategy: StrategyName
  readonly concurrency: number
  readonly warmupMs: number
  readonly windowMs: number
  readonly client: ClientKind
  readonly repositories: readonly string[]
  readonly base: Base | null
  /** In the names of refs and in the content, so that no run finds what another one left. */
  readonly runId: string
  readonly scratch: string
}

interface Log {
  readonly samples: LoadSample[]
  tidyFailures: number
}

export async function runLevel(target: LoadTarget, level: Level): Promise<LevelResult> {
  const { strategy, concurrency, warmupMs, windowMs } = level
  const log: Log = { samples: [], tidyFailures: 0 }
  const begin = performance.now()
  const clockMs = () => performance.now() - begin
  const costs = costsWithin(target, warmupMs, windowMs)
  const agents = Array.from({ length: concurrency }, async (_, number) => {
    await using client = await openClient(target, level, number)
    await STRATEGIES[strategy].run(agentOf({ level, number, client, log, clockMs }))
  })
  await Promise.all(agents)
  return summarizeLevel(log.samples, {
    ...{ strategy, concurrency, warmupMs, windowMs },
    ...(await costs),
    tidyFailures: log.tidyFailures,
  })
}

interface AgentParts {
  readonly level: Level
  readonly number: number
  readonly client: LoadClient
  readonly log: Log
  /** Since the level began. */
  readonly clockMs: () => number
}

function agentOf({ level, number, client, log, clockMs }: AgentParts): Agent {
  const name = `${level.runId}-c${level.concurrency}-a${number}`
  return {
    client,
    ref: `refs/heads/bench/${name}`,
    seed: `${level.strategy}/${name}`,
    base: level.base,
    mayGoOn: () => clockMs() < level.warmupMs + level.windowMs,
    measure: async (operation, work) => {
      const atMs = clockMs()
      const failure = await work().then(() => null, kindOf)
      log.samples.push({ operation, atMs, ms: clockMs() - atMs, failure })
      return failure === null
    },
    tidy: async (work) => {
      await work().catch(() => log.tidyFailures++)
    },
  }
}

async function openClient(target: LoadTarget, level: Level, number: number): Promise<LoadClient> {
  const { repositories, base, client, scratch } = level
  const path = repositories[number % repositories.length] ?? ''
  const place: AgentPlace = { path, shallow: base?.commit ?? null }
  if (client === 'protocol') return openProtocolClient(target.origin, target.headers, place)
  return openGitClient(target.origin, target.credential, place, join(scratch, `agent-${number}`))
}

/** CPU time that the window cost, of the server and of this process. */
async function costsWithin(
  { cpu }: LoadTarget,
  warmupMs: number,
  windowMs: number,
): Promise<{ serverCpuMs: number | null; clientCpuMs: number }> {
  await delay(warmupMs)
  const before = { server: cpu?.readMs() ?? 0, client: clientCpuMs() }
  await delay(windowMs)
  return {
    serverCpuMs: cpu === null ? null : cpu.readMs() - before.server,
    clientCpuMs: clientCpuMs() - before.client,
  }
}

function clientCpuMs(): number {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1000
}
