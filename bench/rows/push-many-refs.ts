/** A small push into a repository with very many refs. */
import { cp } from 'node:fs/promises'
import { join } from 'node:path'
import type { Figure } from '../figure.ts'
import { git } from '../git.ts'
import { interleave } from '../measure/interleave.ts'
import { openHttpClient } from '../measure/http.ts'
import { seriesOf } from '../measure/series.ts'
import type { GitServer, HostedRepository } from '../peers/git-server.ts'
import { startHttpBackend } from '../peers/nginx-http-backend.ts'
import { startSluice } from '../peers/sluice.ts'
import { checkAccepted, commitChain, type PushedCommit } from '../requests/push-request.ts'
import { openPusher } from '../requests/pusher.ts'
import type { Row } from '../row.ts'

const BRANCHES = 100_000
const PUSHES_PER_ROUND = 8
const REF = 'refs/heads/main'
const CHANGED_FILE = 'src/part-0/file-0.txt'
const MIN_GAIN = 50

interface Cost {
  readonly pushMs: number
  /** With the list of refs that a client reads before it. */
  readonly wholeMs: number
}

export const pushManyRefs: Row = {
  name: 'push-many-refs',
  title: 'A push into a repository of 100,000 refs',
  method: `CPU time of the server with all its children: of the request that brings one commit, and of that together with the list of all refs that every client reads before it. Each round ${PUSHES_PER_ROUND} pushes, one after the other.`,
  async measure(parts) {
    const source = await parts.inputs.small({ branches: BRANCHES })
    await using sluice = await startSluice(parts.root, join(parts.scratch, 'data'))
    await using peer = await startHttpBackend(parts.scratch)
    const [ours, theirs] = [await sluice.host('refs', source), await peer.host('refs', source)]
    await git(['config', 'core.fsync', 'committed'], { cwd: theirs.directory })
    const draft = join(parts.scratch, 'chain.git')
    await cp(source, draft, { recursive: true })
    const chain = await commitChain(draft, CHANGED_FILE, (parts.rounds + 1) * PUSHES_PER_ROUND)
    const of = (round: number) => chain.slice(round * PUSHES_PER_ROUND, (round + 1) * PUSHES_PER_ROUND)
    const costs = await interleave(
      {
        ours: (round) => costOf(sluice, ours, of(round)),
        peer: (round) => costOf(peer, theirs, of(round)),
      },
      parts,
    )
    const figure = (what: string, cost: keyof Cost, promised: boolean): Figure => ({
      ...{ what, unit: 'ms', ours: seriesOf(costs.ours.map((each) => each[cost])) },
      against: {
        name: `${peer.name}, core.fsync=committed`,
        series: seriesOf(costs.peer.map((each) => each[cost])),
      },
      goal: promised ? { measure: 'gain', atLeast: MIN_GAIN } : null,
    })
    return {
      figures: [
        figure('server CPU of a push', 'pushMs', true),
        figure('server CPU of a push and the list before it', 'wholeMs', false),
      ],
    }
  },
}

async function costOf(
  server: GitServer,
  repository: HostedRepository,
  commits: readonly PushedCommit[],
): Promise<Cost> {
  using pusher = openPusher(server, repository)
  using client = openHttpClient(server.origin)
  const before = server.cpu.readMs()
  for (const commit of commits) checkAccepted(await pusher.push(commit, REF), REF)
  const pushMs = (server.cpu.readMs() - before) / commits.length
  const path = `${repository.path}/info/refs?service=git-receive-pack`
  for (const _ of commits) await client.send({ method: 'GET', path, headers: server.headers })
  return { pushMs, wholeMs: (server.cpu.readMs() - before) / commits.length }
}
