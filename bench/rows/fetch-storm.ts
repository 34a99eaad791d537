/** One new commit, and everybody who follows the branch fetches it at once. */
import { join } from 'node:path'
import type { Figure } from '../figure.ts'
import { git } from '../git.ts'
import { interleave } from '../measure/interleave.ts'
import { seriesOf } from '../measure/series.ts'
import type { GitServer, HostedRepository } from '../peers/git-server.ts'
import { startHttpBackend } from '../peers/nginx-http-backend.ts'
import { startSluice, type Sluice } from '../peers/sluice.ts'
import { openFetcher, USUAL, type Fetcher } from '../requests/fetch-request.ts'
import type { Row, RowParts } from '../row.ts'
import { cpuOf } from './repeated-clones.ts'

const CLIENTS = 8
/** As many as stock git names in its first request. */
const HAVES = 16
const STARTED = 'sluice_git_processes_started_total'

export const fetchStorm: Row = {
  name: 'fetch-storm',
  title: 'One new commit for everybody',
  method: `Each round one commit is new on the main branch; ${CLIENTS} clients, who have the one before it, send the request of \`git fetch\` together and throw the pack away. CPU time of the server with all its children. The wall time is of ${CLIENTS} stock clients together, who ask for the refs first and do their part on the same cores.`,
  async measure(parts) {
    await using sluice = await startSluice(parts.root, `${parts.scratch}/data`)
    await using peer = await startHttpBackend(parts.scratch)
    const { directory, description } = await parts.inputs.medium()
    const ours = await follow(parts, sluice, await sluice.host('storm', directory), 'ours')
    const theirs = await follow(parts, peer, await peer.host('storm', directory), 'peer')
    const figures = [
      ...(await requests(sluice, ours, theirs, parts)),
      await stockClients(ours, theirs, parts),
    ]
    ours.fetcher[Symbol.dispose]()
    theirs.fetcher[Symbol.dispose]()
    return { figures, note: `Repository: ${description}.` }
  },
}

interface Followed {
  readonly server: GitServer
  readonly repository: HostedRepository
  readonly fetcher: Fetcher
  /** Bare repositories of stock clients. */
  readonly clones: readonly string[]
}

async function follow(
  { scratch }: RowParts,
  server: GitServer,
  repository: HostedRepository,
  name: string,
): Promise<Followed> {
  const clones = Array.from({ length: CLIENTS }, (_, i) => join(scratch, `${name}-${i}.git`))
  for (const clone of clones) {
    await git(['clone', '-q', '--bare', '--local', repository.directory, clone])
    await git(['remote', 'set-url', 'origin', repository.cloneUrl], { cwd: clone })
  }
  return { server, repository, fetcher: openFetcher(server, repository), clones }
}

/** @returns arguments of who has all but the commit that is new from now on */
async function newCommit({ repository: { directory } }: Followed, message: string): Promise<string[]> {
  const run = async (...args: string[]) => (await git(args, { cwd: directory })).stdout.trim()
  const haves = (await run('rev-list', '-n', String(HAVES), 'HEAD')).split('\n')
  const tip = await run('commit-tree', '-p', 'HEAD', '-m', message, 'HEAD^{tree}')
  await run('update-ref', 'HEAD', tip)
  return [...USUAL, `want ${tip}`, ...haves.map((oid) => `have ${oid}`)]
}

async function requests(
  sluice: Sluice,
  ours: Followed,
  theirs: Followed,
  parts: RowParts,
): Promise<Figure[]> {
  const processes: number[] = []
  const storm = async (on: Followed, round: number) => {
    const args = await newCommit(on, `round ${round}`)
    return await cpuOf(on.server, () => on.fetcher.fetchTogether(args, CLIENTS))
  }
  const cpu = await interleave(
    {
      ours: async (round) => {
        const before = await sluice.readMetric(STARTED)
        const ms = await storm(ours, round)
        processes.push((await sluice.readMetric(STARTED)) - before)
        return ms
      },
      peer: (round) => storm(theirs, round),
    },
    parts,
  )
  return [
    {
      what: `${CLIENTS} fetches of one new commit: server CPU`,
      unit: 'ms',
      ours: seriesOf(cpu.ours),
      against: { name: theirs.server.name, series: seriesOf(cpu.peer) },
      goal: null,
    },
    {
      what: `${CLIENTS} fetches of one new commit: git processes`,
      unit: '',
      ours: seriesOf(processes.slice(1)),
      against: null,
      goal: { measure: 'value', atMost: 1 },
    },
  ]
}

async function stockClients(ours: Followed, theirs: Followed, parts: RowParts): Promise<Figure> {
  const together = async (on: Followed, round: number) => {
    await newCommit(on, `stock ${round}`)
    const begin = performance.now()
    await Promise.all(on.clones.map((cwd) => git(['fetch', '-q', 'origin', 'HEAD'], { cwd })))
    return performance.now() - begin
  }
  const wall = await interleave(
    { ours: (round) => together(ours, round), peer: (round) => together(theirs, round) },
    parts,
  )
  return {
    what: `${CLIENTS} stock clients together: wall time`,
    unit: 'ms',
    ours: seriesOf(wall.ours),
    against: { name: theirs.server.name, series: seriesOf(wall.peer) },
    goal: null,
  }
}
