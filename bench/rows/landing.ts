/** Many writers on one branch: how many commits land, and whether anything is lost on the way. */
import { join } from 'node:path'
import type { Figure } from '../figure.ts'
import { git } from '../git.ts'
import { summarize, type Latency } from '../measure/latency.ts'
import type { HostedRepository } from '../peers/git-server.ts'
import { startSluice, type Sluice } from '../peers/sluice.ts'
import { commitFiles, textOf } from '../requests/commit-request.ts'
import { openRestClient } from '../requests/rest-client.ts'
import type { Row } from '../row.ts'
import { landingFigures, NONE, overRounds, type LandingRound } from './landing-figures.ts'

const WRITERS = 100
const COMMITS_EACH = 5

interface Crowd {
  /** Commits that were acknowledged. */
  readonly landed: readonly string[]
  /** What clients were told instead. */
  readonly errors: readonly string[]
  readonly seconds: number
  readonly latency: Latency
}

/** Commits of a round. */
interface Losses {
  /** Acknowledged, but not on the branch. */
  readonly missing: number
  /** On the branch, but not acknowledged. */
  readonly foreign: number
  /** With other than one parent. */
  readonly forks: number
}

type Round = LandingRound & Losses

export const landing: Row = {
  name: 'landing',
  title: `${WRITERS} writers on one branch`,
  method: `${WRITERS} clients at once, each over a connection of its own, each ${COMMITS_EACH} times a round: \`POST …/commits\` of one file of 2 KiB onto the same branch, one after the other, without \`expectedHead\`. Nobody tries again. After each round the history is read with \`git rev-list\`: every commit that was acknowledged has to be there, none that was not, each with one parent.`,
  async measure(parts) {
    await using sluice = await startSluice(parts.root, join(parts.scratch, 'data'))
    const hosted = await sluice.host('landing', await parts.inputs.pushed())
    const rounds: Round[] = []
    for (let round = 0; round <= parts.rounds; round++) {
      parts.progress(round === 0 ? 'warming up' : `round ${round} of ${parts.rounds}`)
      const measured = await measureRound(sluice, hosted, round)
      for (const error of new Set(measured.errors)) parts.progress(error)
      if (round > 0) rounds.push(measured)
    }
    return { figures: figuresOf(rounds) }
  },
}

async function measureRound(sluice: Sluice, hosted: HostedRepository, round: number): Promise<Round> {
  const before = await headOf(hosted)
  const { landed, errors, seconds, latency } = await writeTogether(sluice, hosted, round)
  const losses = await compareHistory(hosted, before, landed)
  const { p50, p99 } = latency
  return { errors, p50, p99, ...losses, perSecond: landed.length / seconds }
}

async function writeTogether(sluice: Sluice, hosted: HostedRepository, round: number): Promise<Crowd> {
  const landed: string[] = []
  const errors: string[] = []
  const ms: number[] = []
  const write = async (writer: number) => {
    using client = openRestClient(sluice, hosted)
    for (let at = 0; at < COMMITS_EACH; at++) {
      const file = { path: `writers/${writer}.txt`, content: textOf(`landing/${round}/${writer}/${at}`) }
      const begin = performance.now()
      await commitFiles(client, [file]).then(
        (sha) => landed.push(sha),
        (err: unknown) => errors.push(String(err)),
      )
      ms.push(performance.now() - begin)
    }
  }
  const begin = performance.now()
  await Promise.all(Array.from({ length: WRITERS }, (_, writer) => write(writer)))
  return { landed, errors, seconds: (performance.now() - begin) / 1000, latency: summarize(ms) }
}

async function headOf({ directory }: HostedRepository): Promise<string> {
  const { stdout } = await git(['rev-parse', '--verify', 'refs/heads/main'], { cwd: directory })
  return stdout.trim()
}

async function compareHistory(
  { directory }: HostedRepository,
  before: string,
  landed: readonly string[],
): Promise<Losses> {
  const { stdout } = await git(['rev-list', '--parents', `${before}..main`], { cwd: directory })
  const history = stdout.split('\n').filter((line) => line !== '')
  const onBranch = new Set(history.map((line) => line.split(' ', 1)[0]))
  const acknowledged = new Set<string | undefined>(landed)
  return {
    missing: landed.filter((sha) => !onBranch.has(sha)).length,
    foreign: [...onBranch].filter((sha) => !acknowledged.has(sha)).length,
    forks: history.filter((line) => line.split(' ').length !== 2).length,
  }
}

function figuresOf(rounds: readonly Round[]): Figure[] {
  return [
    ...landingFigures('commits landed', rounds),
    overRounds(rounds, 'on the branch, but not acknowledged', '', ({ foreign }) => foreign, NONE),
    overRounds(rounds, 'commits with other than one parent', '', ({ forks }) => forks, NONE),
  ]
}
