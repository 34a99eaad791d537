/** A new, empty repository: agents make and drop them by the thousand. */
import { join } from 'node:path'
import type { Figure } from '../figure.ts'
import { openConnection, type Connection } from '../measure/connection.ts'
import { interleave } from '../measure/interleave.ts'
import { latencyOf } from '../measure/latency.ts'
import { seriesOf } from '../measure/series.ts'
import { initRepositories, type InitCost } from '../peers/init-repositories.ts'
import { startSluice, type Sluice } from '../peers/sluice.ts'
import { renderRequest } from '../requests/rest-client.ts'
import type { Row } from '../row.ts'

const REPOSITORIES = { ours: 200, peer: 40 } as const
const ORG = 'bench'
const CREATED = 201
const MAX_MS = 1

export const create: Row = {
  name: 'create',
  title: 'A new repository',
  method: `\`POST /repos\`, one after the other over a kept connection, ${REPOSITORIES.ours} a round: server CPU with all children, and the median time from the first byte of the request to the last of the answer; by then the repository is recorded with its event and is on disk. The peer is \`git init --bare\`, ${REPOSITORIES.peer} times in a row in a shell, with the templates of the installed git and nothing synced: what a server pays that starts one for each.`,
  async measure(parts) {
    await using sluice = await startSluice(parts.root, join(parts.scratch, 'data'))
    using connection = openConnection(sluice.origin)
    const costs = await interleave(
      {
        ours: (round) => createByRest(sluice, connection, round),
        peer: (round) => initRepositories(join(parts.scratch, `init-${round}`), REPOSITORIES.peer),
      },
      parts,
    )
    return { figures: figuresOf(costs) }
  },
}

async function createByRest(sluice: Sluice, connection: Connection, round: number): Promise<InitCost> {
  const fields = { ...sluice.headers, host: new URL(sluice.origin).host, 'content-type': 'application/json' }
  const requests = Array.from({ length: REPOSITORIES.ours }, (_, at) => {
    const body = JSON.stringify({ orgId: ORG, name: `created-${round}-${at}` })
    return renderRequest('POST /repos', { ...fields, 'content-length': String(body.length) }, body)
  })
  const cpuBefore = sluice.cpu.readMs()
  const { p50 } = await latencyOf(requests.length, (at) => createOne(connection, requests[at] as Buffer))
  return { cpuMs: (sluice.cpu.readMs() - cpuBefore) / requests.length, wallMs: p50 }
}

/** @throws Error when the answer is anything but that it was made */
async function createOne(connection: Connection, request: Buffer): Promise<void> {
  const { status, body } = await connection.ask(request)
  if (status !== CREATED) throw new Error(`POST /repos: ${status} ${body.toString('utf8', 0, 300)}`)
}

function figuresOf(costs: Readonly<Record<'ours' | 'peer', readonly InitCost[]>>): Figure[] {
  const figure = (what: string, of: (cost: InitCost) => number): Figure => ({
    what,
    unit: 'ms',
    ours: seriesOf(costs.ours.map(of)),
    against: { name: 'git init --bare', series: seriesOf(costs.peer.map(of)) },
    goal: { measure: 'value', atMost: MAX_MS },
  })
  return [
    figure('server CPU of a new repository', ({ cpuMs }) => cpuMs),
    figure('time until the answer', ({ wallMs }) => wallMs),
  ]
}
