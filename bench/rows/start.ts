/** How soon the server answers, and what it holds while nobody asks. */
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import type { Figure, Goal } from '../figure.ts'
import { readMemory, type MemoryUse } from '../measure/memory.ts'
import { seriesOf } from '../measure/series.ts'
import { startSluice } from '../peers/sluice.ts'
import type { Row } from '../row.ts'

/** Lets what a start leaves behind be collected. */
const SETTLE_MS = 2_000
const MAX_START_SECONDS = 1
const MAX_IDLE_MIB = 110

interface Start {
  readonly seconds: number
  readonly memory: MemoryUse
}

export const start: Row = {
  name: 'start',
  title: 'Start and idle memory',
  method: `From the start of \`node dist/main.js\`, with the flags of \`npm start\`, to its first answer (\`/health/live\`); then, ${SETTLE_MS / 1000} s later, the memory of server and launcher together. RSS counts pages that both share twice; PSS splits them, also with other node processes of the machine, such as the bench itself. A first start makes the data directory, the keys and the database.`,
  async measure({ root, scratch, rounds, progress }) {
    const first: Start[] = []
    const again: Start[] = []
    for (let round = 0; round < rounds; round++) {
      progress(`round ${round + 1} of ${rounds}`)
      const data = join(scratch, String(round))
      first.push(await startOnce(root, data))
      again.push(await startOnce(root, data))
    }
    const seconds: Goal = { measure: 'value', atMost: MAX_START_SECONDS }
    const mib: Goal = { measure: 'value', atMost: MAX_IDLE_MIB }
    return {
      figures: [
        figure('start to first answer', 's', again, (at) => at.seconds, seconds),
        figure('first start to first answer', 's', first, (at) => at.seconds, seconds),
        figure('idle memory, pages of files once', 'MiB', again, (at) => at.memory.once, null),
        figure('idle memory, PSS', 'MiB', again, (at) => at.memory.pss, mib),
        figure('idle memory, RSS', 'MiB', again, (at) => at.memory.rss, mib),
      ],
    }
  },
}

async function startOnce(root: string, data: string): Promise<Start> {
  await using sluice = await startSluice(root, data, {}, { watchesLoop: false })
  await delay(SETTLE_MS)
  return { seconds: sluice.startMs / 1000, memory: readMemory(sluice.pid) }
}

function figure(
  what: string,
  unit: Figure['unit'],
  starts: readonly Start[],
  of: (start: Start) => number,
  goal: Goal | null,
): Figure {
  return { what, unit, ours: seriesOf(starts.map(of)), against: null, goal }
}
