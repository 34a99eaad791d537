/** Whether the server stays small and prompt while a gigabyte passes through it. */
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Figure, Unit } from '../figure.ts'
import { git } from '../git.ts'
import { readMemory, watchMemory, type MemoryUse } from '../measure/memory.ts'
import { seriesOf } from '../measure/series.ts'
import { startSluice, type Sluice } from '../peers/sluice.ts'
import type { Row, RowParts } from '../row.ts'

const SAMPLE_MS = 50
/** Of Node's own watch on its loop. It is emptied when it is read, and its timer of 10 ms is in it. */
const LOOP_DELAY = 'nodejs_eventloop_lag_p99_seconds'
const MAX_GROWTH_MIB = 32
const MAX_LOOP_DELAY_MS = 20

interface Passage {
  readonly peak: MemoryUse
  readonly loopDelayMs: number
}

interface Round {
  readonly idle: MemoryUse
  readonly push: Passage
  readonly clone: Passage
}

export const memory: Row = {
  name: 'memory',
  title: 'Memory and promptness while 1 GiB passes',
  method: `A stock client pushes 1 GiB of incompressible blobs and clones it again, each round on a newly started server. Server and launcher together, sampled every ${SAMPLE_MS} ms: the peak beside the same server idle, after it has taken and given one small repository. Growth is the difference. The delay of the event loop is the p99 of Node's own histogram (\`${LOOP_DELAY}\`), whose timer of 10 ms is counted in. The client shares the cores with the server.`,
  async measure(parts) {
    const rounds: Round[] = []
    for (let round = 0; round < parts.rounds; round++) {
      parts.progress(`round ${round + 1} of ${parts.rounds}`)
      rounds.push(await measureRound(parts, round))
    }
    return { figures: [...figuresOf('push', rounds), ...figuresOf('clone', rounds)] }
  },
}

async function measureRound({ root, scratch, inputs, progress }: RowParts, round: number): Promise<Round> {
  const data = join(scratch, `data-${round}`)
  await using sluice = await startSluice(root, data)
  await passThrough(sluice, await inputs.small({ branches: 50 }), join(scratch, 'small'), 'small')
  await sluice.readMetric(LOOP_DELAY)
  const idle = readMemory(sluice.pid)
  progress(`1 GiB; idle at ${Math.round(idle.rss)} MiB`)
  const passages = await passThrough(sluice, await inputs.large(), join(scratch, 'large'), 'large')
  await rm(data, { recursive: true })
  return { idle, ...passages }
}

/** In, and out again. */
async function passThrough(
  sluice: Sluice,
  source: string,
  target: string,
  name: string,
): Promise<{ push: Passage; clone: Passage }> {
  const { cloneUrl } = await sluice.host(name, null)
  const push = await watch(sluice, () => git(['push', '-q', cloneUrl, 'main'], { cwd: source }))
  const clone = await watch(sluice, () => git(['clone', '-q', '--bare', cloneUrl, target]))
  await git(['rev-parse', '-q', '--verify', 'HEAD'], { cwd: target })
  await rm(target, { recursive: true })
  return { push, clone }
}

async function watch(sluice: Sluice, work: () => Promise<unknown>): Promise<Passage> {
  await sluice.readMetric(LOOP_DELAY)
  using memory = watchMemory(sluice.pid, SAMPLE_MS)
  await work()
  return { peak: memory.peak, loopDelayMs: (await sluice.readMetric(LOOP_DELAY)) * 1000 }
}

function figuresOf(what: 'push' | 'clone', rounds: readonly Round[]): Figure[] {
  const peaks = (of: (use: MemoryUse) => number) => ({
    unit: 'MiB' as const,
    ours: seriesOf(rounds.map((round) => of(round[what].peak))),
    against: { name: 'idle', series: seriesOf(rounds.map((round) => of(round.idle))) },
  })
  const growth = { measure: 'growth', atMost: MAX_GROWTH_MIB } as const
  return [
    { what: `${what}: RSS`, ...peaks((use) => use.rss), goal: growth },
    { what: `${what}: PSS`, ...peaks((use) => use.pss), goal: growth },
    { what: `${what}: RSS of the git processes`, ...peaks((use) => use.git), goal: null },
    {
      what: `${what}: event-loop delay, p99`,
      unit: 'ms' satisfies Unit,
      ours: seriesOf(rounds.map((round) => round[what].loopDelayMs)),
      against: null,
      goal: { measure: 'value', atMost: MAX_LOOP_DELAY_MS },
    },
  ]
}
