/** How soon everybody who listens to the relay hears of an event, and what their listening costs. */
import { join } from 'node:path'
import type { Figure } from '../figure.ts'
import { readMemory, watchMemory } from '../measure/memory.ts'
import { seriesOf } from '../measure/series.ts'
import { newSigner, openPublisher } from '../peers/signed-events.ts'
import { startSluice } from '../peers/sluice.ts'
import { openRelayListeners, type RelayListeners } from '../requests/relay-listeners.ts'
import type { Row } from '../row.ts'

const CONNECTIONS = 2_000
const SUBSCRIPTIONS = 10_000
const EACH = SUBSCRIPTIONS / CONNECTIONS
const LIST = 10_317
const EVERYBODY = 'wss://everybody.example'
const MAX_MS = 200
const MAX_MIB = 300
const SAMPLE_MS = 20

const SETTINGS = {
  SLUICE_GRASP: 'on',
  SLUICE_GRASP_SYNC: 'off',
  SLUICE_GRASP_CONNECTIONS: '0',
  SLUICE_GRASP_EVENTS_PER_MINUTE: '0',
  SLUICE_GRASP_QUERIES_PER_MINUTE: '0',
}

export const nostrSubscriptions: Row = {
  name: 'nostr-subscriptions',
  title: 'Subscriptions of a relay',
  method: `${SUBSCRIPTIONS} subscriptions on ${CONNECTIONS} connections, each with a filter of its own. An event is published that one subscription in ${EACH} is for, and then one that all are for: from the first byte of its message, with its verification and its way to the disk, to the last delivery. Memory of the server and its launcher: when all listen, and the peak while events are delivered. The process that publishes and listens shares the cores with the server.`,
  async measure({ root, scratch, rounds, progress }) {
    await using sluice = await startSluice(root, join(scratch, 'data'), SETTINGS)
    progress('connecting')
    using listeners = await openRelayListeners(sluice.origin, CONNECTIONS, filtersOf)
    using publisher = await openPublisher(sluice.origin)
    const idle = readMemory(sluice.pid).rss
    using memory = watchMemory(sluice.pid, SAMPLE_MS)
    const some: number[] = []
    const all: number[] = []
    for (let round = 0; round <= rounds; round++) {
      progress(round === 0 ? 'warming up' : `round ${round} of ${rounds}`)
      const [toSome, toAll] = [
        await deliver(publisher, listeners, 'wss://first.example', CONNECTIONS),
        await deliver(publisher, listeners, EVERYBODY, SUBSCRIPTIONS),
      ]
      if (round > 0) {
        some.push(toSome)
        all.push(toAll)
      }
    }
    return { figures: figuresOf(some, all, { idle, peak: memory.peak.rss }) }
  },
}

function filtersOf(connection: number): readonly object[] {
  const own = (n: number) => `wss://${n === 0 ? 'first' : `${connection}-${n}`}.example`
  return Array.from({ length: EACH }, (_, n) => ({ kinds: [LIST], '#g': [own(n), EVERYBODY], limit: 1 }))
}

/** @returns milliseconds to the last delivery */
async function deliver(
  publisher: Awaited<ReturnType<typeof openPublisher>>,
  listeners: RelayListeners,
  server: string,
  deliveries: number,
): Promise<number> {
  const message = JSON.stringify(['EVENT', newSigner().sign(LIST, [['g', server]])])
  const heard = listeners.heard(deliveries)
  const begin = performance.now()
  await publisher.publish([message])
  return (await heard) - begin
}

function figuresOf(
  some: readonly number[],
  all: readonly number[],
  mib: { idle: number; peak: number },
): Figure[] {
  const figure = (what: string, unit: Figure['unit'], values: readonly number[], atMost: number): Figure => ({
    what,
    unit,
    ours: seriesOf(values),
    against: null,
    goal: { measure: 'value', atMost },
  })
  return [
    figure(`to ${CONNECTIONS} that match`, 'ms', some, MAX_MS),
    figure(`to all ${SUBSCRIPTIONS}`, 'ms', all, MAX_MS),
    figure('memory, all listening', 'MiB', [mib.idle], MAX_MIB),
    figure('memory, peak', 'MiB', [mib.peak], MAX_MIB),
  ]
}
