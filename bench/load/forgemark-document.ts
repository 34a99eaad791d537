/** Results as forgemark's own command writes them: a document for each server and strategy. */
import { COMMIT_SHAPE } from './commit-line.ts'
import type { LoadResult } from './load-section.ts'

/** JSON text, with a line feed at its end. */
export function writeDocuments({ options, targets }: LoadResult, runId: string): string {
  const { filesMin, filesMax, fileBytes } = COMMIT_SHAPE
  const documents = targets.flatMap(({ name, levels }) =>
    options.strategies.map((strategy) => ({
      run_id: runId,
      strategy,
      duration: `${options.seconds}s`,
      warmup: `${options.warmupSeconds}s`,
      commit: `${filesMin}-${filesMax} x ${fileBytes}B`,
      target: name,
      client: options.client,
      levels: levels.filter((level) => level.strategy === strategy),
    })),
  )
  return `${JSON.stringify(documents, null, 2)}\n`
}
