/** Commits, merges and rebases that all want the same branch at once. */
import { join } from 'node:path'
import { git } from '../git.ts'
import { summarize } from '../measure/latency.ts'
import type { HostedRepository } from '../peers/git-server.ts'
import { startSluice, type Sluice } from '../peers/sluice.ts'
import { commitFiles, textOf } from '../requests/commit-request.ts'
import { landPull, openPulls } from '../requests/pulls.ts'
import { openRestClient, type RestClient } from '../requests/rest-client.ts'
import type { Row } from '../row.ts'
import { landingFigures, type LandingRound } from './landing-figures.ts'

const COMMITS = 70
/** The input has as many topics as five rounds and a warm-up need. */
const MERGES = 15
const REBASES = 15
const PULLS = MERGES + REBASES

/** Lands something on `main`. @returns the commit that it was told of */
type Writer = (client: RestClient) => Promise<string>

export const landingMixed: Row = {
  name: 'landing-mixed',
  title: 'Commits, merges and rebases on one branch',
  method: `Repository of 5,000 files and 2,000 commits. ${COMMITS + PULLS} clients at once, each over a connection of its own, each one request a round: ${COMMITS} commits by REST, ${MERGES} merges and ${REBASES} rebases of pull requests that change files of their own, all onto the same branch. Nobody tries again. After each round every commit that was acknowledged has to be in the history of the branch.`,
  async measure(parts) {
    await using sluice = await startSluice(parts.root, join(parts.scratch, 'data'))
    const hosted = await sluice.host('mixed', await parts.inputs.merged())
    using client = openRestClient(sluice, hosted)
    const pulls = await openPulls(client, PULLS * (parts.rounds + 1))
    const rounds: LandingRound[] = []
    for (let round = 0; round <= parts.rounds; round++) {
      parts.progress(round === 0 ? 'warming up' : `round ${round} of ${parts.rounds}`)
      const measured = await measureRound(sluice, hosted, writersOf(round, pulls))
      for (const error of new Set(measured.errors)) parts.progress(error)
      if (round > 0) rounds.push(measured)
    }
    return { figures: landingFigures('landed', rounds) }
  },
}

function writersOf(round: number, pulls: readonly number[]): Writer[] {
  const own = pulls.slice(round * PULLS, (round + 1) * PULLS)
  const landing = (numbers: readonly number[], strategy: 'merge' | 'rebase'): Writer[] =>
    numbers.map((number) => (client) => landPull(client, number, strategy))
  const commits = Array.from({ length: COMMITS }, (_, at): Writer => {
    const file = { path: `writers/${at}.txt`, content: textOf(`mixed/${round}/${at}`) }
    return (client) => commitFiles(client, [file])
  })
  return [...commits, ...landing(own.slice(0, MERGES), 'merge'), ...landing(own.slice(MERGES), 'rebase')]
}

async function measureRound(
  sluice: Sluice,
  hosted: HostedRepository,
  writers: readonly Writer[],
): Promise<LandingRound> {
  const landed: string[] = []
  const errors: string[] = []
  const ms: number[] = []
  const write = async (writer: Writer) => {
    using client = openRestClient(sluice, hosted)
    const begin = performance.now()
    await writer(client).then(
      (sha) => landed.push(sha),
      (err: unknown) => errors.push(String(err)),
    )
    ms.push(performance.now() - begin)
  }
  const begin = performance.now()
  await Promise.all(writers.map(write))
  const seconds = (performance.now() - begin) / 1000
  const { p50, p99 } = summarize(ms)
  const missing = await missingOf(hosted, landed)
  return { perSecond: landed.length / seconds, p50, p99, errors, missing }
}

async function missingOf({ directory }: HostedRepository, landed: readonly string[]): Promise<number> {
  const { stdout } = await git(['rev-list', 'main'], { cwd: directory })
  const history = new Set(stdout.split('\n'))
  return landed.filter((sha) => !history.has(sha)).length
}
