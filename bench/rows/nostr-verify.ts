/** How many events a relay verifies, and how many it takes in, with the time of one core. */
import { join } from 'node:path'
import type { NostrEvent } from '../../src/nostr/event.ts'
import { openVerifier, type Verifier } from '../../src/nostr/verify/verifier.ts'
import type { Figure } from '../figure.ts'
import { interleave } from '../measure/interleave.ts'
import { seriesOf } from '../measure/series.ts'
import { hostSigned, newSigner, openPublisher, type Signer } from '../peers/signed-events.ts'
import { startSluice, type Sluice } from '../peers/sluice.ts'
import type { Row } from '../row.ts'

const EVENTS = 2_000
const CONTENT = 'What an issue says: steps, what was expected, and what happened instead. '.repeat(6)
const MIN_PER_CORE_SECOND = 2_000
const SETTINGS = {
  SLUICE_GRASP: 'on',
  SLUICE_GRASP_SYNC: 'off',
  SLUICE_GRASP_EVENTS_PER_MINUTE: '0',
  SLUICE_GRASP_BYTES_PER_MINUTE: '100GiB',
}

export const nostrVerify: Row = {
  name: 'nostr-verify',
  title: 'Events verified and stored',
  method: `${EVENTS} issues of 0.7 KiB about one repository, each signed by itself. Stored: a real server on SQLite takes them over one connection, all sent at once, until the last is accepted and so on disk; events by the CPU time of the server, all its threads together, which is what one core does in a second. Verified: one worker thread and what hands it the events, in this process, by time on the clock.`,
  async measure(parts) {
    await using verifier = openVerifier({
      workerScript: join(parts.root, 'dist', 'verify-worker.js'),
      workers: 1,
    })
    await using sluice = await startSluice(parts.root, join(parts.scratch, 'data'), SETTINGS)
    const author = newSigner()
    const about = await hostSigned(sluice.origin, author, parts.scratch)
    const speeds = await interleave(
      {
        stored: (round) => storedPerSecond(sluice, issues(author, about, `stored ${round}`)),
        verified: (round) => verifiedPerSecond(verifier, issues(author, about, `verified ${round}`)),
      },
      parts,
    )
    return {
      figures: [
        figure('verified and stored, a second of one core', speeds.stored),
        figure('verified, by one thread', speeds.verified),
      ],
    }
  },
}

function issues(author: Signer, about: string, round: string): readonly NostrEvent[] {
  return Array.from({ length: EVENTS }, (_, at) => {
    const tags = [
      ['a', about],
      ['p', author.pubkey],
      ['subject', `${round}, ${at}`],
      ['t', 'bug'],
    ]
    return author.sign(1_621, tags, CONTENT)
  })
}

async function storedPerSecond(sluice: Sluice, events: readonly NostrEvent[]): Promise<number> {
  using publisher = await openPublisher(sluice.origin)
  const messages = events.map((event) => JSON.stringify(['EVENT', event]))
  const before = sluice.cpu.readMs()
  await publisher.publish(messages)
  return (events.length / (sluice.cpu.readMs() - before)) * 1_000
}

/** @throws Error when one of them is taken for a forged one */
async function verifiedPerSecond(verifier: Verifier, events: readonly NostrEvent[]): Promise<number> {
  const begin = performance.now()
  const verified = await Promise.all(events.map((event) => verifier.verify(event)))
  const seconds = (performance.now() - begin) / 1_000
  if (verified.includes(null)) throw new Error('a genuine event was refused')
  return events.length / seconds
}

function figure(what: string, values: readonly number[]): Figure {
  const goal = { measure: 'value', atLeast: MIN_PER_CORE_SECOND } as const
  return { what, unit: '/s', ours: seriesOf(values), against: null, goal }
}
