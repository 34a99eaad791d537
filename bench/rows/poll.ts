/** What it costs to hear that there is nothing new: the commonest request of all. */
import { join } from 'node:path'
import type { Figure, Goal } from '../figure.ts'
import type { CpuMeter } from '../measure/cpu-meter.ts'
import { interleave } from '../measure/interleave.ts'
import { seriesOf } from '../measure/series.ts'
import { startGitDaemon } from '../peers/git-daemon.ts'
import { startHttpBackend } from '../peers/nginx-http-backend.ts'
import { startSluice } from '../peers/sluice.ts'
import { openDaemonPoller } from '../requests/daemon-poll.ts'
import { openPoller, type Poller } from '../requests/poll-request.ts'
import type { Row, RowParts } from '../row.ts'

interface Question {
  readonly what: string
  readonly branches: number
  /** `null`: all of them. */
  readonly wants: string | null
  readonly minGain: number
  /** A core second; `null` where the length of the list decides. */
  readonly minPolls: number | null
}

const FEW = 50
const MANY = 100_000
/** No other name begins with it: what is asked for are prefixes. */
const ONE = { [FEW]: 'topic-48', [MANY]: 'topic-77777' }
const QUESTIONS: readonly Question[] = [
  { what: '50 refs, all of them', branches: FEW, wants: null, minGain: 50, minPolls: 8_000 },
  { what: '100,000 refs, one of them', branches: MANY, wants: ONE[MANY], minGain: 50, minPolls: 8_000 },
  { what: '100,000 refs, all of them', branches: MANY, wants: null, minGain: 12, minPolls: null },
]
const AT_ONCE = 8
const POLLS = { ours: 2_000, peer: 80 } as const
/** A list of 100,000 refs is 6 MB, which the client has to inflate. */
const LONG_POLLS = { ours: 64, peer: 16 } as const
/** A server has long been compiled and optimised by its engine when it is busy. */
const WARM_UP_POLLS = 16_000
const LONG_WARM_UP_POLLS = 200
/** "Independent of the number of refs", as far as can be measured here. */
const MAX_GROWTH_RATIO = 1.25

/** Somebody who asks one server one question. */
interface Asking {
  readonly cpu: CpuMeter
  readonly poller: Poller
}

interface Servers {
  readonly sluice: Awaited<ReturnType<typeof startSluice>>
  readonly backend: Awaited<ReturnType<typeof startHttpBackend>>
  readonly daemon: Awaited<ReturnType<typeof startGitDaemon>>
}

export const poll: Row = {
  name: 'poll',
  title: 'A poll that finds nothing new',
  method: `The advertisement of protocol v2, then \`ls-refs\`, as \`git fetch\` sends them, by ${AT_ONCE} clients on kept connections; \`git daemon\` knows no requests and gets a connection each. CPU time of the server with all its children. The servers have been warm for a while. All must give the same list; the clients accept gzip, as stock ones do.`,
  async measure(parts) {
    await using sluice = await startSluice(parts.root, join(parts.scratch, 'data'))
    await using backend = await startHttpBackend(parts.scratch)
    await using daemon = await startGitDaemon(parts.scratch)
    const servers = { sluice, backend, daemon }
    const figures: Figure[] = []
    for (const question of QUESTIONS) {
      parts.progress(question.what)
      figures.push(...(await compare(parts, question, servers)))
    }
    parts.progress('one of 100,000 refs beside one of 50')
    return { figures: [...figures, await compareSizes(parts, servers)] }
  },
}

async function compare(parts: RowParts, question: Question, servers: Servers): Promise<Figure[]> {
  const { branches, wants } = question
  const { sluice, backend, daemon } = servers
  const source = await parts.inputs.small({ branches })
  const name = `${branches}-${wants ?? 'all'}`
  using ours = openPoller(sluice, await sluice.host(name, source), wants)
  using theirs = openPoller(backend, await backend.host(name, source), wants)
  using bare = openDaemonPoller(daemon, await daemon.host(name, source), wants)
  await checkAgreement([ours, theirs, bare])

  const isLong = wants === null && branches === MANY
  const polls = isLong ? LONG_POLLS : POLLS
  await pollOften(ours, isLong ? LONG_WARM_UP_POLLS : WARM_UP_POLLS)
  const cpu = await interleave(
    {
      ours: () => cpuOf({ cpu: sluice.cpu, poller: ours }, polls.ours),
      backend: () => cpuOf({ cpu: backend.cpu, poller: theirs }, polls.peer),
      daemon: () => cpuOf({ cpu: daemon.cpu, poller: bare }, polls.peer),
    },
    parts,
  )
  return figuresOf(question, { backend: backend.name, daemon: daemon.name }, cpu)
}

function figuresOf(
  { what, minGain, minPolls }: Question,
  names: { readonly backend: string; readonly daemon: string },
  cpu: Readonly<Record<'ours' | 'backend' | 'daemon', readonly number[]>>,
): Figure[] {
  const spent = (peer: 'backend' | 'daemon', goal: Goal | null): Figure => ({
    what: `${what}: CPU a poll`,
    unit: 'ms',
    ours: seriesOf(cpu.ours),
    against: { name: names[peer], series: seriesOf(cpu[peer]) },
    goal,
  })
  return [
    spent('backend', { measure: 'gain', atLeast: minGain }),
    { ...spent('daemon', null), what: `${what}: CPU a poll, beside the leanest` },
    {
      what: `${what}: polls a core second`,
      unit: '/s',
      ours: seriesOf(cpu.ours.map(perSecond)),
      against: { name: names.backend, series: seriesOf(cpu.backend.map(perSecond)) },
      goal: minPolls === null ? null : { measure: 'value', atLeast: minPolls },
    },
  ]
}

/** The same question to the same server, about a large and a small repository. */
async function compareSizes(parts: RowParts, { sluice }: Servers): Promise<Figure> {
  const open = async (branches: typeof FEW | typeof MANY) => {
    const hosted = await sluice.host(`size-${branches}`, await parts.inputs.small({ branches }))
    return openPoller(sluice, hosted, ONE[branches])
  }
  using many = await open(MANY)
  using few = await open(FEW)
  for (const poller of [many, few]) await pollOften(poller, POLLS.ours)
  const cpu = await interleave(
    {
      many: () => cpuOf({ cpu: sluice.cpu, poller: many }, POLLS.ours),
      few: () => cpuOf({ cpu: sluice.cpu, poller: few }, POLLS.ours),
    },
    parts,
  )
  return {
    what: 'one of 100,000 refs, beside one of 50: CPU a poll',
    unit: 'ms',
    ours: seriesOf(cpu.many),
    against: { name: 'Sluice, 50 refs', series: seriesOf(cpu.few) },
    goal: { measure: 'ratio', atMost: MAX_GROWTH_RATIO },
  }
}

/** @throws Error when one of them lists something else */
async function checkAgreement(pollers: readonly Poller[]): Promise<void> {
  const [first, ...others] = await Promise.all(pollers.map((poller) => poller.poll()))
  if (others.some((list) => !first?.equals(list))) throw new Error('the servers list different refs')
}

/** Milliseconds a poll. */
async function cpuOf({ cpu, poller }: Asking, polls: number): Promise<number> {
  const before = cpu.readMs()
  await pollOften(poller, polls)
  return (cpu.readMs() - before) / polls
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
