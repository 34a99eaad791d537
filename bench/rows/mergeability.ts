/** Whether a pull request can be merged, asked for the first time and again. */
import { join } from 'node:path'
import { latencyOf } from '../measure/latency.ts'
import { seriesOf } from '../measure/series.ts'
import { startSluice } from '../peers/sluice.ts'
import { commitFiles, newFiles } from '../requests/commit-request.ts'
import { maintain } from '../requests/maintain.ts'
import { checkClean, openPulls } from '../requests/pulls.ts'
import { openRestClient } from '../requests/rest-client.ts'
import type { Row } from '../row.ts'

const PULLS = 50
/** Where no branch of the input is in the way. */
const MOVED_FILE = 'moved.txt'
const MAX_MS = { notCached: 6, cached: 1 } as const

export const mergeability: Row = {
  name: 'mergeability',
  title: 'Whether a pull request can be merged',
  method: `The repository of the merges above, ${PULLS} open pull requests. Before each round the target branch moves, so that nothing that is known about any of them holds any more; then each is asked once (not cached), and once more (cached), with a token, over one kept connection. Medians of a round.`,
  async measure(parts) {
    await using sluice = await startSluice(parts.root, join(parts.scratch, 'data'))
    const { directory, description } = await parts.inputs.mergedLarge()
    const hosted = await sluice.host('merged', directory)
    await maintain(sluice, hosted)
    using client = openRestClient(sluice, hosted)
    const pulls = await openPulls(client, PULLS)
    const ask = () => latencyOf(PULLS, (at) => checkClean(client, pulls[at] ?? 0))
    const ms = { notCached: [] as number[], cached: [] as number[] }
    for (let round = 0; round <= parts.rounds; round++) {
      parts.progress(round === 0 ? 'warming up' : `round ${round} of ${parts.rounds}`)
      const [file] = newFiles(`mergeability/${round}`, 1)
      await commitFiles(client, [{ path: MOVED_FILE, content: file?.content ?? '' }])
      const [notCached, cached] = [await ask(), await ask()]
      if (round === 0) continue
      ms.notCached.push(notCached.p50)
      ms.cached.push(cached.p50)
    }
    const figure = (what: string, values: number[], atMost: number) => ({
      what,
      unit: 'ms' as const,
      ours: seriesOf(values),
      against: null,
      goal: { measure: 'value', atMost } as const,
    })
    return {
      figures: [
        figure('not cached, p50', ms.notCached, MAX_MS.notCached),
        figure('cached, p50', ms.cached, MAX_MS.cached),
      ],
      note: `Repository: ${description}.`,
    }
  },
}
