/** What it costs to hear that there is nothing new: the commonest request of all. */
import type { Figure } from '../figure.ts'
import { interleave } from '../measure/interleave.ts'
import { seriesOf } from '../measure/series.ts'
import type { GitServer } from '../peers/git-server.ts'
import { startHttpBackend } from '../peers/nginx-http-backend.ts'
import { startSluice } from '../peers/sluice.ts'
import { openPoller, type Poller } from '../requests/poll-request.ts'
import type { Row, RowParts } from '../row.ts'

interface Question {
  readonly what: string
  readonly branches: number
  /** `null`: all of them. */
  readonly wants: string | null
  /** A core second; `null` where the length of the list decides. */
  readonly minPolls: number | null
}

const QUESTIONS: readonly Question[] = [
  { what: '50 refs, all of them', branches: 50, wants: null, minPolls: 8_000 },
  { what: '10,000 refs, one of them', branches: 10_000, wants: 'topic-77', minPolls: 8_000 },
  { what: '10,000 refs, all of them', branches: 10_000, wants: null, minPolls: null },
]
const AT_ONCE = 8
const POLLS = { ours: 2_000, peer: 80 } as const
/** A server has long been compiled and optimised by its engine when it is busy. */
const WARM_UP_POLLS = 16_000
const MIN_GAIN = 50

export const poll: Row = {
  name: 'poll',
  title: 'A poll that finds nothing new',
  method: `The advertisement of protocol v2, then \`ls-refs\`, as \`git fetch\` sends them, by ${AT_ONCE} clients on kept connections. CPU time of the server with all its children. The servers have been warm for a while. Both must give the same bytes.`,
  async measure(parts) {
    await using sluice = await startSluice(parts.root, `${parts.scratch}/data`)
    await using peer = await startHttpBackend(parts.scratch)
    const figures: Figure[] = []
    for (const question of QUESTIONS) {
      parts.progress(question.what)
      figures.push(...(await compare(parts, question, sluice, peer)))
    }
    return { figures }
  },
}

async function compare(
  parts: RowParts,
  { what, branches, wants, minPolls }: Question,
  sluice: GitServer,
  peer: GitServer,
): Promise<Figure[]> {
  const source = await parts.inputs.small({ branches })
  const name = `${branches}-${wants ?? 'all'}`
  using ours = openPoller(sluice, await sluice.host(name, source), wants)
  using theirs = openPoller(peer, await peer.host(name, source), wants)
  if (!(await ours.poll()).equals(await theirs.poll())) throw new Error('the servers list different refs')
  await pollOften(ours, WARM_UP_POLLS)

  const cpu = await interleave(
    { ours: () => cpuOf(sluice, ours, POLLS.ours), peer: () => cpuOf(peer, theirs, POLLS.peer) },
    parts,
  )
  const against = (values: number[]) => ({ name: peer.name, series: seriesOf(values) })
  return [
    {
      what: `${what}: CPU a poll`,
      unit: 'ms',
      ours: seriesOf(cpu.ours),
      against: against(cpu.peer),
      goal: { measure: 'gain', atLeast: MIN_GAIN },
    },
    {
      what: `${what}: polls a core second`,
      unit: '/s',
      ours: seriesOf(cpu.ours.map(perSecond)),
      against: against(cpu.peer.map(perSecond)),
      goal: minPolls === null ? null : { measure: 'value', atLeast: minPolls },
    },
  ]
}

/** Milliseconds a poll. */
async function cpuOf(server: GitServer, poller: Poller, polls: number): Promise<number> {
  const before = server.cpu.readMs()
  await pollOften(poller, polls)
  return (server.cpu.readMs() - before) / polls
}

async function pollOften(poller: Poller, polls: number): Promise<void> {
  const client = async () => {
    for (let left = polls / AT_ONCE; left > 0; left--) await poller.poll()
  }
  await Promise.all(Array.from({ length: AT_ONCE }, client))
}

function perSecond(ms: number): number {
  return 1000 / ms
}
