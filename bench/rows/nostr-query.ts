/** How long a relay looks for what it was asked for, in a store of a million events. */
import type { Filter } from '../../src/nostr/filter.ts'
import { KIND } from '../../src/nostr/kinds.ts'
import { openDatabase } from '../../src/store/database.ts'
import { NostrEvents } from '../../src/store/nostr/nostr-events.ts'
import type { Figure } from '../figure.ts'
import { coordinateOf, fillNostrStore } from '../inputs/nostr-store.ts'
import { latencyOf, type Latency } from '../measure/latency.ts'
import { seriesOf } from '../measure/series.ts'
import { makeSharedDatabase } from '../peers/shared-database.ts'
import type { Row, RowParts } from '../row.ts'

const SIZE = { repositories: 2_000, events: 500 }
const TIMES = 100
const LIMIT = 500
const MAX_HISTORY_MS = 10

/** What clients ask for, of the repository of that number. */
const QUESTIONS: Readonly<Record<string, (repository: number) => Filter>> = {
  'history of a repository, 500 events': (at) => ({
    tags: new Map([['a', [coordinateOf(at)]]]),
    limit: LIMIT,
  }),
  'its issues': (at) => ({ kinds: [KIND.issue], tags: new Map([['a', [coordinateOf(at)]]]) }),
  'its announcement': (at) => ({
    kinds: [KIND.announcement],
    authors: [coordinateOf(at).split(':')[1] ?? ''],
    tags: new Map([['d', [coordinateOf(at).split(':')[2] ?? '']]]),
  }),
  'newest of a hundred repositories': (at) => ({
    tags: new Map([['a', Array.from({ length: 100 }, (_, n) => coordinateOf((at + n) % SIZE.repositories))]]),
    limit: LIMIT,
  }),
  'newest of a tag of 100,000 events, and of a kind that has none': () => ({
    kinds: [KIND.patch],
    tags: new Map([['t', ['bug']]]),
    limit: LIMIT,
  }),
}

export const nostrQuery: Row = {
  name: 'nostr-query',
  title: 'A question to a store of nostr events',
  method: `${SIZE.repositories} repositories with ${SIZE.events} events each, whose events came in turns; ${TIMES} questions a round, each about another repository, one after the other, from the filter to the texts of the events, in the process of the store. \`BENCH_DATABASE_URL=<PostgreSQL>\` chooses that engine.`,
  async measure(parts) {
    await using shared = await makeSharedDatabase(process.env['BENCH_DATABASE_URL'])
    await using database = await openDatabase(await filledStore(parts, shared?.url ?? null))
    const store = new NostrEvents({ database, clock: Date })
    const figures: Figure[] = []
    for (const [what, filterOf] of Object.entries(QUESTIONS)) {
      parts.progress(what)
      figures.push(...figuresOf(what, await rounds(parts, store, filterOf)))
    }
    return { figures, note: shared === null ? 'On SQLite.' : 'On PostgreSQL.' }
  },
}

async function filledStore({ inputs, progress }: RowParts, url: string | null) {
  if (url === null) return await inputs.nostr(SIZE)
  progress('filling the database')
  await fillNostrStore({ url, path: '' }, SIZE)
  return { url, path: '' }
}

/** The first round warms up. */
async function rounds(parts: RowParts, store: NostrEvents, filterOf: (repository: number) => Filter) {
  const all: Latency[] = []
  for (let round = 0; round <= parts.rounds; round++)
    all.push(
      await latencyOf(TIMES, (at) =>
        store.query([filterOf((round * TIMES + at * 7) % SIZE.repositories)], { limit: LIMIT }),
      ),
    )
  return all.slice(1)
}

function figuresOf(what: string, all: readonly Latency[]): Figure[] {
  const isPromised = what.startsWith('history')
  return (['p50', 'p99'] as const).map((which) => ({
    what: `${what}: ${which}`,
    unit: 'ms',
    ours: seriesOf(all.map((latency) => latency[which])),
    against: null,
    goal: isPromised && which === 'p50' ? { measure: 'value', atMost: MAX_HISTORY_MS } : null,
  }))
}
