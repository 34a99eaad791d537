/** All levels of all strategies against all servers, one after the other. */
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { loopDelaysDuring } from '../measure/loop-delay.ts'
import type { LevelResult } from './level-result.ts'
import type { LoadResult, TargetResult } from './load-section.ts'
import type { LoadOptions } from './options.ts'
import type { ProgressBar } from './progress-bar.ts'
import { readBase } from './read-base.ts'
import { runLevel } from './run-level.ts'
import { STRATEGIES } from './strategies.ts'
import { targetsOf, type LoadTarget, type StartedFrom } from './targets.ts'

export interface LoadParts extends StartedFrom {
  readonly options: LoadOptions
  readonly runId: string
  readonly bar: ProgressBar
}

export async function runLoad(parts: LoadParts): Promise<LoadResult> {
  const began = performance.now()
  const { result: targets, delays } = await loopDelaysDuring(async () => {
    const results: TargetResult[] = []
    for (const open of targetsOf(parts.options, parts)) {
      await using target = await open()
      results.push({ name: target.name, levels: await loadTarget(target, parts) })
    }
    return results
  })
  const seconds = Math.round((performance.now() - began) / 1000)
  return { options: parts.options, targets, loop: delays, seconds }
}

async function loadTarget(target: LoadTarget, parts: LoadParts): Promise<LevelResult[]> {
  const { options, runId, bar } = parts
  const levels: LevelResult[] = []
  for (const strategy of options.strategies) {
    const repositories = await target.repositoriesFor(strategy)
    const isRead = STRATEGIES[strategy].repositories.content
    const base = isRead ? await readBase(target, repositories[0] ?? '', parts.scratch) : null
    for (const concurrency of options.concurrency) {
      bar.begin(`${target.name}: ${strategy}, ${concurrency} ${concurrency === 1 ? 'agent' : 'agents'}`)
      const scratch = await makeScratch(parts.scratch)
      const times = { warmupMs: 1000 * options.warmupSeconds, windowMs: 1000 * options.seconds }
      const { client } = options
      levels.push(
        await runLevel(target, {
          strategy,
          concurrency,
          ...times,
          client,
          repositories,
          base,
          runId,
          scratch,
        }),
      )
      await rm(scratch, { recursive: true, force: true })
    }
  }
  return levels
}

async function makeScratch(parent: string): Promise<string> {
  await mkdir(parent, { recursive: true })
  return mkdtemp(join(parent, 'level-'))
}
