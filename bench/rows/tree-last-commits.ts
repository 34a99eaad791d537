/** A directory with the last commit of each entry, and what it costs to keep that up. */
import { cp } from 'node:fs/promises'
import { join } from 'node:path'
import type { Figure } from '../figure.ts'
import { drawDistinct } from '../inputs/distinct.ts'
import { nestedPath, type NestedSize } from '../inputs/nested-history.ts'
import { randomNumbers } from '../inputs/random-bytes.ts'
import { interleave } from '../measure/interleave.ts'
import { latencyOf } from '../measure/latency.ts'
import { medianOf, seriesOf } from '../measure/series.ts'
import { LAST_COMMITS } from '../peers/last-commit-script.ts'
import { timeScript } from '../peers/script.ts'
import { startSluice, type Sluice } from '../peers/sluice.ts'
import { commitFiles, textOf } from '../requests/commit-request.ts'
import { counted, maintain } from '../requests/maintain.ts'
import { openRestClient, parseAnswer, type RestClient } from '../requests/rest-client.ts'
import type { Row, RowParts } from '../row.ts'

const SIZE: NestedSize = { files: 100_000, commits: 50_000 }
const REQUESTS = { ours: 20, peer: 1 } as const
const MAX_MS = 5
const MAX_COMMIT_MS = 1.5
const MIN_GAIN = 100

export const treeLastCommits: Row = {
  name: 'tree-last-commits',
  title: 'A directory with the last commit of each entry',
  method: `${SIZE.files.toLocaleString('en')} files and ${SIZE.commits.toLocaleString('en')} commits; directories of ten entries, each asked for once, ${REQUESTS.ours} a round, with a token, over one kept connection. The server has looked after the repository before, and has been asked for one other directory, which made it read the history once. Beside it \`git log -1\` for each entry, by a shell, on the same repository, with its commit-graph. Then each of ${REQUESTS.ours} directories a round is asked for right after a commit by REST has changed a file in it; what a commit costs is what \`/metrics\` tells of it.`,
  async measure(parts) {
    await using sluice = await startSluice(parts.root, join(parts.scratch, 'data'))
    const hosted = await sluice.host('last-commits', await parts.inputs.nested(SIZE))
    parts.progress('maintenance')
    await maintain(sluice, hosted)
    const stock = join(parts.scratch, 'stock.git')
    await cp(hosted.directory, stock, { recursive: true })
    using client = openRestClient(sluice, hosted)
    parts.progress('the history is read')
    await client.get(pathOf(directoriesFor('first', 1)[0] ?? ''))
    await counted(sluice, 'sluice_last_commit_builds_total', 1)
    return { figures: [...(await asked(parts, client, stock)), ...(await keptUp(parts, sluice, client))] }
  },
}

async function asked(parts: RowParts, client: RestClient, stock: string): Promise<Figure[]> {
  const directories = directoriesFor('asked', REQUESTS.ours * (parts.rounds + 1))
  const peers = directoriesFor('peer', REQUESTS.peer * (parts.rounds + 1))
  const ms = await interleave(
    {
      ours: (round) => askEach(client, directories.slice(round * REQUESTS.ours, (round + 1) * REQUESTS.ours)),
      peer: async (round) => {
        const some = peers.slice(round * REQUESTS.peer, (round + 1) * REQUESTS.peer)
        const times: number[] = []
        for (const directory of some) times.push(await timeScript(LAST_COMMITS, [stock, directory]))
        return medianOf(times)
      },
    },
    parts,
  )
  const what = 'a directory, p50'
  const ours = seriesOf(ms.ours)
  const against = { name: 'git log -1 for each entry', series: seriesOf(ms.peer) }
  return [
    { what, unit: 'ms', ours, against: null, goal: { measure: 'value', atMost: MAX_MS } },
    { what: `${what}, beside git`, unit: 'ms', ours, against, goal: { measure: 'gain', atLeast: MIN_GAIN } },
  ]
}

async function keptUp(parts: RowParts, sluice: Sluice, client: RestClient): Promise<Figure[]> {
  const directories = directoriesFor('kept up', REQUESTS.ours * (parts.rounds + 1))
  const ms: number[] = []
  const commitMs: number[] = []
  for (let round = 0; round <= parts.rounds; round++) {
    parts.progress(round === 0 ? 'commits: warming up' : `commits: round ${round} of ${parts.rounds}`)
    const before = await readUpkeep(sluice)
    const times: number[] = []
    for (const directory of directories.slice(round * REQUESTS.ours, (round + 1) * REQUESTS.ours)) {
      await commitFiles(client, [{ path: `${directory}/file-3.txt`, content: textOf(directory) }])
      times.push(await askEach(client, [directory]))
    }
    const after = await readUpkeep(sluice)
    if (round === 0) continue
    ms.push(medianOf(times))
    commitMs.push((1_000 * (after.seconds - before.seconds)) / (after.commits - before.commits))
  }
  const figure = (what: string, values: number[], atMost: number): Figure => ({
    ...{ what, unit: 'ms', ours: seriesOf(values), against: null },
    goal: { measure: 'value', atMost },
  })
  return [
    figure('right after a commit to it, p50', ms, MAX_MS),
    figure('upkeep of a commit', commitMs, MAX_COMMIT_MS),
  ]
}

async function readUpkeep(sluice: Sluice): Promise<{ commits: number; seconds: number }> {
  return {
    commits: await sluice.readMetric('sluice_last_commit_commits_total'),
    seconds: await sluice.readMetric('sluice_last_commit_commit_seconds_total'),
  }
}

/** @returns the median. @throws Error when an entry lacks its commit */
async function askEach(client: RestClient, directories: readonly string[]): Promise<number> {
  const { p50 } = await latencyOf(directories.length, async (at) => {
    const answer = await client.get(pathOf(directories[at] ?? ''))
    const entries = parseAnswer<{ lastCommit: object | null }[]>(answer)
    if (entries.length === 0 || entries.some(({ lastCommit }) => lastCommit === null)) {
      throw new Error(`${directories[at]} lacks a commit`)
    }
  })
  return p50
}

function pathOf(directory: string): string {
  return `/tree/main/${directory}?lastCommit=true`
}

/** Those of files, all different. */
function directoriesFor(seed: string, count: number): string[] {
  const drawn = drawDistinct(SIZE.files / 10, count, randomNumbers(`tree-last-commits/${seed}`))
  return drawn.map((tenth) => nestedPath(tenth * 10, SIZE.files).replace(/\/[^/]+$/, ''))
}
