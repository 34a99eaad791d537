/** How many small pushes a machine takes a second, and what one costs it. */
import { join } from 'node:path'
import type { Figure } from '../figure.ts'
import { git } from '../git.ts'
import { PushedHistory } from '../inputs/pushed-history.ts'
import { interleave } from '../measure/interleave.ts'
import { seriesOf } from '../measure/series.ts'
import type { GitServer, HostedRepository } from '../peers/git-server.ts'
import { startHttpBackend } from '../peers/nginx-http-backend.ts'
import { startSluice } from '../peers/sluice.ts'
import { checkAccepted, type PushedCommit } from '../requests/push-request.ts'
import { openPusher } from '../requests/pusher.ts'
import type { Row, RowParts } from '../row.ts'

const CLIENTS = [1, 8, 32] as const
const PUSHES = { ours: 192, peer: 64 } as const
/** A server has long been compiled and optimised by its engine when it is busy. */
const WARM_UP_PUSHES = 1_500
const MIN_GAIN = 8
const MIN_RATE = 6

interface Cost {
  readonly perSecond: number
  readonly cpuMs: number
}

/** Where each client of a round pushes to. */
type Spread = 'one repository' | 'a repository each'

export const pushRate: Row = {
  name: 'push-rate',
  title: 'Small pushes by many at once',
  method: `Pushes of one commit that changes one of 400 files, over kept connections, each client to a branch of its own: all in one repository, or each in a repository of its own. The packs are made beforehand, and the server has been warm for a while. The peer syncs what Sluice always syncs (\`core.fsync=committed\`). CPU time of the server with all its children.`,
  async measure(parts) {
    await using sluice = await startSluice(parts.root, join(parts.scratch, 'data'))
    await using peer = await startHttpBackend(parts.scratch)
    const figures: Figure[] = []
    for (const spread of ['one repository', 'a repository each'] as const) {
      const ours = await openCrowd(sluice, spread)
      const theirs = await openCrowd(peer, spread)
      for (const { directory } of theirs.repositories)
        await git(['config', 'core.fsync', 'committed'], { cwd: directory })
      await pushAll(ours, Math.max(...CLIENTS), WARM_UP_PUSHES)
      for (const clients of CLIENTS)
        figures.push(...(await compare(parts, { spread, clients, ours, theirs })))
    }
    return { figures }
  },
}

interface Crowd {
  readonly server: GitServer
  readonly repositories: readonly HostedRepository[]
  /** Of each repository. */
  readonly histories: readonly PushedHistory[]
}

async function openCrowd(server: GitServer, spread: Spread): Promise<Crowd> {
  const count = spread === 'one repository' ? 1 : Math.max(...CLIENTS)
  const histories = Array.from({ length: count }, () => new PushedHistory())
  const repositories: HostedRepository[] = []
  for (const [at, history] of histories.entries()) {
    const repository = await server.host(`crowd-${count}-${at}`, null)
    using pusher = openPusher(server, repository)
    checkAccepted(await pusher.push(await history.base(), 'refs/heads/main'), 'refs/heads/main')
    repositories.push(repository)
  }
  return { server, repositories, histories }
}

interface Compared {
  readonly spread: Spread
  readonly clients: number
  readonly ours: Crowd
  readonly theirs: Crowd
}

async function compare(parts: RowParts, { spread, clients, ours, theirs }: Compared): Promise<Figure[]> {
  parts.progress(`${clients} at once, ${spread}`)
  const costs = await interleave(
    { ours: () => pushAll(ours, clients, PUSHES.ours), peer: () => pushAll(theirs, clients, PUSHES.peer) },
    parts,
  )
  const what = `${clients} at once, ${spread}`
  const of = (side: 'ours' | 'peer', cost: keyof Cost) => seriesOf(costs[side].map((each) => each[cost]))
  const name = `${theirs.server.name}, core.fsync=committed`
  return [
    {
      ...{ what: `${what}: pushes a second`, unit: '/s', ours: of('ours', 'perSecond') },
      against: { name, series: of('peer', 'perSecond') },
      goal: { measure: 'ratio', atLeast: MIN_RATE },
    },
    {
      ...{ what: `${what}: CPU a push`, unit: 'ms', ours: of('ours', 'cpuMs') },
      against: { name, series: of('peer', 'cpuMs') },
      goal: { measure: 'gain', atLeast: MIN_GAIN },
    },
  ]
}

async function pushAll(crowd: Crowd, clients: number, pushes: number): Promise<Cost> {
  const chains: PushedCommit[][] = []
  for (let client = 0; client < clients; client++)
    chains.push(await nextOf(crowd, client, Math.ceil(pushes / clients)))
  const cpuBefore = crowd.server.cpu.readMs()
  const began = performance.now()
  await Promise.all(chains.map((chain, client) => pushChain(crowd, client, chain)))
  const seconds = (performance.now() - began) / 1000
  const made = chains.flat().length
  return { perSecond: made / seconds, cpuMs: (crowd.server.cpu.readMs() - cpuBefore) / made }
}

async function nextOf({ histories }: Crowd, client: number, count: number): Promise<PushedCommit[]> {
  const history = histories[client % histories.length] as PushedHistory
  const commits: PushedCommit[] = []
  while (commits.length < count) commits.push(await history.next(client))
  return commits
}

async function pushChain(
  { server, repositories }: Crowd,
  client: number,
  chain: readonly PushedCommit[],
): Promise<void> {
  using pusher = openPusher(server, repositories[client % repositories.length] as HostedRepository)
  const ref = `refs/heads/branch-${client}`
  for (const commit of chain) checkAccepted(await pusher.push(commit, ref), ref)
}
