/** How soon those who follow a server hear of a push. */
import { cp } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import type { Figure } from '../figure.ts'
import { summarize, type Latency } from '../measure/latency.ts'
import { readMemory } from '../measure/memory.ts'
import { seriesOf } from '../measure/series.ts'
import { startSluice, type Sluice } from '../peers/sluice.ts'
import { openEventListener, openIdleStreams, type EventListener } from '../requests/event-listener.ts'
import { asNewRef, checkAccepted, commitChain, type PushedCommit } from '../requests/push-request.ts'
import { openPusher, type Pusher } from '../requests/pusher.ts'
import type { Row, RowParts } from '../row.ts'

const PUSHES_PER_SECOND = 50
const PUSHES_PER_ROUND = 200
/** Repositories that are pushed to in turn: each takes one push at a time. */
const LINES = 10
const IDLE_STREAMS = 500
const IDLE_MS = 5_000
const CHANGED_FILE = 'src/part-0/file-0.txt'
const MAX_MS = { p50: 10, p99: 100 } as const

interface Round extends Latency {
  /** From the first byte of a push to its event. */
  readonly whole: Latency
  /** What was reached. */
  readonly perSecond: number
}

interface Idle {
  readonly cpuMsPerSecond: number
  readonly mib: number
}

export const eventsLatency: Row = {
  name: 'events-latency',
  title: 'From an acknowledged push to the stream',
  method: `One-commit pushes over git's own protocol, ${PUSHES_PER_SECOND} a second into ${LINES} repositories of 2,000 commits and 50 branches, ${PUSHES_PER_ROUND} a round; one client follows \`GET /events\`. From the end of the answer to the push, to the event; an event that comes before the answer counts as 0, as most do: the log is read while the answer is written. Then the same with ${IDLE_STREAMS} more streams open that are told of nothing, and what these cost by themselves: CPU time of the server in ${IDLE_MS / 1000} s without a push, less that without the streams, and what its memory grew by when they were opened. The pushing and listening process shares the cores with the server.`,
  async measure(parts) {
    const settings = { SLUICE_STREAMS_PER_PRINCIPAL: String(2 * IDLE_STREAMS) }
    await using sluice = await startSluice(parts.root, join(parts.scratch, 'data'), settings)
    const pushing = await preparePushes(parts, sluice)
    using listener = await openEventListener(sluice)
    const [quiet, crowded]: [Round[], Round[]] = [[], []]
    await runRounds(parts, quiet, () => pushRound(pushing, listener))
    const before = { cpu: await cpuWhileIdle(sluice), mib: readMemory(sluice.pid).rss }
    using _idle = await openIdleStreams(sluice, IDLE_STREAMS)
    const idle = {
      cpuMsPerSecond: Math.max(0, (await cpuWhileIdle(sluice)) - before.cpu),
      mib: readMemory(sluice.pid).rss - before.mib,
    }
    await runRounds(parts, crowded, () => pushRound(pushing, listener))
    for (const pusher of pushing.pushers) pusher[Symbol.dispose]()
    return { figures: figuresOf(quiet, crowded, idle) }
  },
}

interface Pushing {
  readonly pushers: readonly Pusher[]
  readonly chain: readonly PushedCommit[]
  /** Pushes that were made; each line takes the chain from its beginning. */
  made: number
}

/** Rounds that are thrown away included, both times. */
async function preparePushes({ scratch, inputs, rounds }: RowParts, sluice: Sluice): Promise<Pushing> {
  const source = await inputs.pushed()
  const draft = join(scratch, 'chain.git')
  await cp(source, draft, { recursive: true })
  const pushes = 2 * (rounds + 1) * PUSHES_PER_ROUND
  const chain = await commitChain(draft, CHANGED_FILE, Math.ceil(pushes / LINES))
  const pushers: Pusher[] = []
  for (let line = 0; line < LINES; line++) {
    pushers.push(openPusher(sluice, await sluice.host(`line-${line}`, source)))
  }
  return { pushers, chain, made: 0 }
}

async function runRounds(
  { rounds, progress }: RowParts,
  into: Round[],
  measure: () => Promise<Round>,
): Promise<void> {
  for (let round = 0; round <= rounds; round++) {
    progress(round === 0 ? 'warming up' : `round ${round} of ${rounds}`)
    const reading = await measure()
    if (round > 0) into.push(reading)
  }
}

/** By the clock, whether or not earlier pushes have been answered; those of one line wait for one another. */
async function pushRound(pushing: Pushing, listener: EventListener): Promise<Round> {
  const begin = performance.now()
  const lines: Promise<unknown>[] = Array.from({ length: LINES }, () => Promise.resolve())
  const delays: Promise<Delay>[] = []
  for (let n = 0; n < PUSHES_PER_ROUND; n++) {
    await pause(Math.max(0, begin + (n * 1000) / PUSHES_PER_SECOND - performance.now()))
    const at = pushing.made++
    const delay = (lines[at % LINES] ?? Promise.resolve()).then(() => pushOne(pushing, at, listener))
    lines[at % LINES] = delay
    delays.push(delay)
  }
  const all = await Promise.all(delays)
  const perSecond = (PUSHES_PER_ROUND * 1000) / (performance.now() - begin)
  const whole = summarize(all.map((delay) => delay.wholeMs))
  return { ...summarize(all.map((delay) => delay.afterAnswerMs)), whole, perSecond }
}

interface Delay {
  readonly afterAnswerMs: number
  readonly wholeMs: number
}

async function pushOne({ pushers, chain }: Pushing, at: number, listener: EventListener): Promise<Delay> {
  const line = at % LINES
  const place = Math.floor(at / LINES)
  const ref = `refs/heads/line-${line}`
  const commit = chain[place]
  const pusher = pushers[line]
  if (!commit || !pusher) throw new Error('no commit is left to push')
  const begin = performance.now()
  const answer = await pusher.push(place === 0 ? asNewRef(commit) : commit, ref)
  const answeredAt = performance.now()
  checkAccepted(answer, ref)
  const heardAt = await listener.heard(ref, commit.newOid)
  return { afterAnswerMs: Math.max(0, heardAt - answeredAt), wholeMs: heardAt - begin }
}

/** Milliseconds a second. */
async function cpuWhileIdle({ cpu }: Sluice): Promise<number> {
  const before = cpu.readMs()
  await pause(IDLE_MS)
  return (cpu.readMs() - before) / (IDLE_MS / 1000)
}

function figuresOf(quiet: readonly Round[], crowded: readonly Round[], idle: Idle): Figure[] {
  const figure = (
    what: string,
    unit: Figure['unit'],
    values: readonly number[],
    goal: Figure['goal'],
  ): Figure => ({ what, unit, ours: seriesOf(values), against: null, goal })
  const latencies = (what: string, rounds: readonly Round[]) =>
    (['p50', 'p99'] as const).map((part) =>
      figure(
        `${what}, ${part}`,
        'ms',
        rounds.map((round) => round[part]),
        { measure: 'value', atMost: MAX_MS[part] },
      ),
    )
  const reached = [...quiet, ...crowded].map(({ perSecond }) => perSecond)
  return [
    ...latencies('one stream', quiet),
    ...latencies(`${IDLE_STREAMS} more streams`, crowded),
    figure(
      'one stream, from the first byte of the push, p50',
      'ms',
      quiet.map(({ whole }) => whole.p50),
      null,
    ),
    figure('pushes', '/s', reached, null),
    figure(`${IDLE_STREAMS} idle streams: CPU a second`, 'ms', [idle.cpuMsPerSecond], null),
    figure(`${IDLE_STREAMS} idle streams: memory`, 'MiB', [idle.mib], null),
  ]
}
