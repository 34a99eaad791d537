/** Depth-1 clones, as build machines and agents make them: many of the same commit. */
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Figure } from '../figure.ts'
import { git } from '../git.ts'
import { interleave } from '../measure/interleave.ts'
import { seriesOf } from '../measure/series.ts'
import { startSluice } from '../peers/sluice.ts'
import { openFetcher } from '../requests/fetch-request.ts'
import type { Row, RowParts } from '../row.ts'
import { compareRepeated, cpuOf, withStorm, type Storm } from './repeated-clones.ts'

const PART = ['deepen 1']
const TIMES = 16
const MIN_GAIN = 100
const MANY = 100
const MAX_MANY_RATIO = 1.5
const STOCK_CLIENTS = 8
/** What the first clone may cost more than where answers are not shared. */
const MAX_FIRST_RATIO = 1.05

export const cloneShallow: Row = {
  name: 'clone-shallow',
  title: 'Shallow clones of one commit',
  method: `The request of \`git clone --depth=1\`, sent ${TIMES} times together by a client that throws the pack away: what a stock client does with it costs more than the server. CPU time of the server with all its children; ours has been warm for a while. "Nobody has asked before": each round clones the next older commit. ${MANY} such clones are compared with one by a Sluice that shares no answers. The wall time is of ${STOCK_CLIENTS} stock clients together, who do their part on the same cores. The goals are meant for a repository of some 80,000 commits (\`BENCH_REPO\`): in a small one git has little to count.`,
  async measure(parts) {
    return await withStorm(parts, PART, async (storm) => {
      const repeated = { times: TIMES, minGainWarm: MIN_GAIN, minGainCold: null }
      const figures = [
        ...(await compareRepeated(storm, repeated, parts)),
        ...(await compareWithOne(storm, parts)),
        await stockClients(storm, parts),
      ]
      return { figures, note: `Repository: ${storm.description}.` }
    })
  },
}

/** What the first of all costs, and a hundred, beside one whose answer goes to nobody else. */
async function compareWithOne(storm: Storm, parts: RowParts): Promise<Figure[]> {
  const { sluice, ours, unasked } = storm
  const { directory } = await parts.inputs.medium()
  await using alone = await startSluice(parts.root, `${parts.scratch}/alone`, {
    SLUICE_FETCH_CACHE_BYTES: '0',
  })
  using single = openFetcher(alone, await alone.host('alone', directory))
  const cpu = await interleave(
    {
      many: () => cpuOf(sluice, () => ours.fetchTogether(unasked(), MANY)),
      first: () => cpuOf(sluice, () => ours.fetch(unasked())),
      alone: () => cpuOf(alone, () => single.fetch(unasked())),
    },
    parts,
  )
  const against = { name: 'one clone, answers not shared', series: seriesOf(cpu.alone) }
  return [
    {
      what: `${MANY} clones together, nobody has asked before: server CPU`,
      unit: 'ms',
      ours: seriesOf(cpu.many),
      against,
      goal: { measure: 'ratio', atMost: MAX_MANY_RATIO },
    },
    {
      what: 'one clone, nobody has asked before: server CPU',
      unit: 'ms',
      ours: seriesOf(cpu.first),
      against,
      goal: { measure: 'ratio', atMost: MAX_FIRST_RATIO },
    },
  ]
}

async function stockClients({ cloneUrls, peer }: Storm, parts: RowParts): Promise<Figure> {
  const together = async (url: string) => {
    const targets = Array.from({ length: STOCK_CLIENTS }, (_, i) => join(parts.scratch, `stock-${i}.git`))
    const begin = performance.now()
    await Promise.all(targets.map((target) => git(['clone', '-q', '--bare', '--depth=1', url, target])))
    const seconds = (performance.now() - begin) / 1_000
    for (const target of targets) await rm(target, { recursive: true })
    return seconds
  }
  const wall = await interleave(
    { ours: () => together(cloneUrls.ours), peer: () => together(cloneUrls.peer) },
    parts,
  )
  return {
    what: `${STOCK_CLIENTS} stock clients together: wall time`,
    unit: 's',
    ours: seriesOf(wall.ours),
    against: { name: peer.name, series: seriesOf(wall.peer) },
    goal: null,
  }
}
