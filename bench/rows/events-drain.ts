/** How fast one server works off a log that others have filled: webhooks, and a stream from its beginning. */
import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import type { Figure } from '../figure.ts'
import { openHttpClient } from '../measure/http.ts'
import { seriesOf } from '../measure/series.ts'
import { writePushes, type WrittenRepository } from '../peers/event-writer.ts'
import { startHookReceiver, type HookReceiver } from '../peers/hook-receiver.ts'
import { makeSharedDatabase } from '../peers/shared-database.ts'
import { startSluice, type Sluice } from '../peers/sluice.ts'
import type { Row, RowParts } from '../row.ts'

const EVENTS = 20_000
const REPOSITORIES = 100
const MIN_PER_SECOND = 2_000
const ORG = 'drain'

export const eventsDrain: Row = {
  name: 'events-drain',
  title: 'Events drained by one process',
  method: `Each round ${EVENTS} push events of ${REPOSITORIES} repositories are in the log before the server starts. To a webhook: from the start of the process until a receiver in another one has answered the last of them; each is signed, sent by itself, in the order of its repository, and written down. To a stream: a client that begins behind the last round, from its request to the last event. Every other subscriber follows meanwhile. \`BENCH_DATABASE_URL=<PostgreSQL>\` chooses that engine.`,
  async measure(parts) {
    await using shared = await makeSharedDatabase(process.env['BENCH_DATABASE_URL'])
    await using receiver = await startHookReceiver(parts.root)
    const bench = await openDrain(parts, shared?.url ?? null, receiver)
    const rounds: Round[] = []
    for (let n = 0; n <= parts.rounds; n++) {
      parts.progress(n === 0 ? 'warming up' : `round ${n} of ${parts.rounds}`)
      rounds.push(await drain(bench))
    }
    const figure = (what: string, unit: Figure['unit'], of: (round: Round) => number): Figure => ({
      what,
      unit,
      ours: seriesOf(rounds.slice(1).map(of)),
      against: null,
      goal: unit === '/s' ? { measure: 'value', atLeast: MIN_PER_SECOND } : null,
    })
    return {
      figures: [
        figure('to a webhook', '/s', ({ webhookMs }) => (EVENTS / webhookMs) * 1_000),
        figure('to a webhook: CPU an event', 'µs', ({ webhookCpuMs }) => (webhookCpuMs / EVENTS) * 1_000),
        figure('to a stream', '/s', ({ streamMs }) => (EVENTS / streamMs) * 1_000),
      ],
      note: shared === null ? 'On SQLite.' : 'On PostgreSQL.',
    }
  },
}

interface Drain {
  readonly start: () => Promise<Sluice>
  readonly write: () => Promise<number>
  readonly receiver: HookReceiver
  /** Position of the log behind the last round. */
  position: number
  heard: number
}

interface Round {
  readonly webhookMs: number
  /** CPU time of the server until then, its start included. */
  readonly webhookCpuMs: number
  readonly streamMs: number
}

/** Makes the repositories and the webhook of their organisation. */
async function openDrain(parts: RowParts, url: string | null, receiver: HookReceiver): Promise<Drain> {
  const data = join(parts.scratch, 'data')
  const settings = {
    SLUICE_OUTBOUND_ALLOW: '127.0.0.1',
    ...(url === null ? {} : { DATABASE_URL: url, SLUICE_KEY_SECRET: randomBytes(32).toString('hex') }),
  }
  await using sluice = await startSluice(parts.root, data, settings)
  const repositories: WrittenRepository[] = []
  for (let n = 0; n < REPOSITORIES; n++) {
    const fields = { orgId: ORG, name: `repository-${n}` }
    repositories.push(await post<WrittenRepository>(sluice, '/repos', fields))
  }
  await post(sluice, `/orgs/${ORG}/hooks`, { url: receiver.url, eventTypes: ['push'] })
  const address = { url, path: join(data, 'sluice.db') }
  return {
    start: () => startSluice(parts.root, data, settings, { token: sluice.token }),
    write: () => writePushes(address, repositories, EVENTS),
    receiver,
    position: await writePushes(address, repositories, 0),
    heard: 0,
  }
}

async function drain(bench: Drain): Promise<Round> {
  const last = await bench.write()
  bench.heard += EVENTS
  const begin = performance.now()
  await using sluice = await bench.start()
  await bench.receiver.hears(bench.heard)
  const webhookMs = performance.now() - begin
  const webhookCpuMs = sluice.cpu.readMs()
  const streamMs = await timeStream(sluice, bench.position, last)
  bench.position = last
  return { webhookMs, webhookCpuMs, streamMs }
}

async function timeStream({ origin, headers }: Sluice, since: number, last: number): Promise<number> {
  const begin = performance.now()
  const over = new AbortController()
  const answer = await fetch(`${origin}/events?eventType=push&since=${since}`, {
    headers: { ...headers, accept: 'text/event-stream' },
    signal: over.signal,
  })
  const end = `id: ${last}\n`
  let tail = ''
  for await (const chunk of answer.body!.pipeThrough(new TextDecoderStream())) {
    tail += chunk
    if (tail.includes(end)) break
    tail = tail.slice(-end.length)
  }
  over.abort()
  return performance.now() - begin
}

async function post<T>({ origin, headers }: Sluice, path: string, fields: object): Promise<T> {
  using client = openHttpClient(origin)
  const body = Buffer.from(JSON.stringify(fields))
  const type = { 'content-type': 'application/json' }
  const answer = await client.send({ method: 'POST', path, headers: { ...headers, ...type }, body })
  return JSON.parse(answer.toString('utf8')) as T
}
