/** Whether the server stays small and prompt while a hundred clones are under way and a gigabyte comes in. */
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Figure } from '../figure.ts'
import { git } from '../git.ts'
import { readMemory, watchMemory, type MemoryUse } from '../measure/memory.ts'
import { seriesOf } from '../measure/series.ts'
import { startSluice } from '../peers/sluice.ts'
import { openFetcher, USUAL, type Fetcher } from '../requests/fetch-request.ts'
import { haveClonePack, wholeCloneArguments } from '../requests/whole-clone.ts'
import type { Row, RowParts } from '../row.ts'

const CLONES = 100
const SAMPLE_MS = 50
/** 160 MB. */
const MAX_MIB = 160e6 / 1024 ** 2

type Kind = 'full' | 'shallow'
type Round = Readonly<Record<'idle' | Kind, MemoryUse>>

export const memoryStorm: Row = {
  name: 'memory-storm',
  title: `Memory while ${CLONES} clones are under way and 1 GiB comes in`,
  method: `${CLONES} connections clone one repository again and again, by clients that throw away what they read, until a stock client has pushed 1 GiB of incompressible blobs to another one: first full clones, which are one pack on disk, then shallow ones, which share an answer. Server and launcher together, sampled every ${SAMPLE_MS} ms: the peak, on a newly started server each round. RSS counts the pages of node's own binary twice, once for each of the two. The processes of git are git's and stand by themselves. All clients share the cores with the server.`,
  async measure(parts) {
    const { description } = await parts.inputs.medium()
    const rounds: Round[] = []
    for (let round = 0; round < parts.rounds; round++) {
      parts.progress(`round ${round + 1} of ${parts.rounds}`)
      rounds.push(await measureRound(parts, round))
    }
    return {
      note: `Repository: ${description}.`,
      figures: [...figuresOf('full', rounds), ...figuresOf('shallow', rounds)],
    }
  },
}

async function measureRound({ root, scratch, inputs }: RowParts, round: number): Promise<Round> {
  const data = join(scratch, `data-${round}`)
  const { directory } = await inputs.medium()
  const pushed = await inputs.large()
  await using sluice = await startSluice(root, data)
  const cloned = await sluice.host('cloned', directory)
  await haveClonePack(sluice, cloned)
  using fetcher = openFetcher(sluice, cloned)
  const { stdout: head } = await git(['rev-parse', 'HEAD'], { cwd: directory })
  const requests: Record<Kind, readonly string[]> = {
    full: await wholeCloneArguments(directory),
    shallow: [...USUAL, 'no-progress', 'deepen 1', `want ${head.trim()}`, 'done'],
  }
  const idle = readMemory(sluice.pid)
  const peaks = {} as Record<Kind, MemoryUse>
  for (const kind of ['full', 'shallow'] as const) {
    const { cloneUrl } = await sluice.host(`pushed-${kind}`, null)
    using memory = watchMemory(sluice.pid, SAMPLE_MS)
    await whileCloning(fetcher, requests[kind], () => git(['push', '-q', cloneUrl, 'main'], { cwd: pushed }))
    peaks[kind] = memory.peak
  }
  await rm(data, { recursive: true })
  return { idle, ...peaks }
}

/** No connection rests until the work is done; each ends its last clone then. */
async function whileCloning(
  fetcher: Fetcher,
  request: readonly string[],
  work: () => Promise<unknown>,
): Promise<void> {
  let done = false
  const working = work().finally(() => (done = true))
  const clients = Array.from({ length: CLONES }, async () => {
    while (!done) await fetcher.fetch(request)
  })
  await Promise.all([working, ...clients])
}

function figuresOf(kind: Kind, rounds: readonly Round[]): Figure[] {
  const peaks = (of: (use: MemoryUse) => number) => ({
    unit: 'MiB' as const,
    ours: seriesOf(rounds.map((round) => of(round[kind]))),
    against: { name: 'idle', series: seriesOf(rounds.map(({ idle }) => of(idle))) },
  })
  const goal = { measure: 'value', atMost: MAX_MIB } as const
  return [
    { what: `${kind} clones: RSS`, ...peaks((use) => use.rss), goal },
    { what: `${kind} clones: pages of files once`, ...peaks((use) => use.once), goal },
    { what: `${kind} clones: PSS`, ...peaks((use) => use.pss), goal: null },
    { what: `${kind} clones: RSS of the git processes`, ...peaks((use) => use.git), goal: null },
  ]
}
