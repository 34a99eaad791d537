/** What a relay pays to be compared with another one that has nearly the same events. */
import { createHash } from 'node:crypto'
import { answerReconciliation } from '../../src/nostr/negentropy/answer.ts'
import { IdVector, type Item } from '../../src/nostr/negentropy/id-vector.ts'
import { Reconciliation } from '../../src/nostr/negentropy/reconciliation.ts'
import type { Figure } from '../figure.ts'
import { interleave } from '../measure/interleave.ts'
import { seriesOf } from '../measure/series.ts'
import type { Row } from '../row.ts'

const ITEMS = 100_000
const DIFFERENCES = 50
const MAX_SERVER_MS = 10

export const nostrNegentropy: Row = {
  name: 'nostr-negentropy',
  title: 'Reconciliation of two relays',
  method: `NIP-77 between two sets of ${ITEMS} events with ${DIFFERENCES} differences, half of them on each side, spread evenly. The answers: CPU time of the side that is asked, over all rounds. The set: what it costs to make it of ids in order, once for as long as nothing changes. In one process, without a network.`,
  async measure(parts) {
    const { here, there } = twoSets()
    const client = new IdVector(here)
    const server = new IdVector(there)
    const took = await interleave(
      {
        answers: () => Promise.resolve(answersMs(client, server)),
        set: () => Promise.resolve(cpuMs(() => void new IdVector(there))),
      },
      parts,
    )
    const goal = { measure: 'value', atMost: MAX_SERVER_MS } as const
    return {
      figures: [
        figure('all answers, CPU', took.answers, goal),
        figure('making the set, CPU', took.set, null),
      ],
    }
  },
}

function twoSets(): { here: readonly Item[]; there: readonly Item[] } {
  const all = Array.from({ length: ITEMS + DIFFERENCES / 2 }, (_, at) => ({
    created_at: 1_700_000_000 + Math.floor(at / 3),
    id: createHash('sha256').update(String(at)).digest('hex'),
  })).sort((a, b) => a.created_at - b.created_at || (a.id < b.id ? -1 : 1))
  const step = Math.floor(all.length / (DIFFERENCES / 2))
  const without = (rest: number) =>
    all.filter((_, at) => at % step !== rest || at >= (step * DIFFERENCES) / 2)
  return { here: without(7), there: without(Math.floor(step / 2)) }
}

/** @throws Error when they did not find what they differ in */
function answersMs(client: IdVector, server: IdVector): number {
  const asking = new Reconciliation(client)
  let [ms, found] = [0, 0]
  for (let message: Buffer | null = asking.first(); message !== null;) {
    const asked = message
    let answer: Buffer = Buffer.alloc(0)
    ms += cpuMs(() => (answer = answerReconciliation(server, asked)))
    const taken = asking.take(answer)
    found += taken.have.length + taken.need.length
    message = taken.message
  }
  if (found !== DIFFERENCES) throw new Error(`${found} differences found`)
  return ms
}

function cpuMs(work: () => void): number {
  const begin = process.cpuUsage()
  work()
  const { user, system } = process.cpuUsage(begin)
  return (user + system) / 1_000
}

function figure(what: string, values: readonly number[], goal: Figure['goal']): Figure {
  return { what, unit: 'ms', ours: seriesOf(values), against: null, goal }
}
