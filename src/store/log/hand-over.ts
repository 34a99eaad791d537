/**
 * A subscriber that turns events into rows, such as deliveries and jobs: what an event asks for is written in
 * the transaction that moves the cursor behind it, so it is written exactly once, by one server.
 */
import { AppError } from '../../kernel/errors.ts'
import type { StoredEvent } from '../../kernel/events.ts'
import { isStorageFull } from '../../kernel/storage-full.ts'
import type { Database, Trx } from '../database.ts'
import { isDatabaseFull } from '../engine-errors.ts'
import type { EventCursors } from './event-cursors.ts'
import type { LogFollowerParts } from './log-follower.ts'

/** What events ask to be written. Waits for nothing but the database. */
export type Handover = (trx: Trx) => Promise<void>

export interface Subscriber {
  /** Names its cursor: never change it. */
  readonly name: string
  /** Where it begins when it is new. */
  readonly from: LogFollowerParts['from']
  readonly concerns: (type: string) => boolean
  /**
   * Reads what it needs to know; the transaction comes later.
   *
   * @returns `null`: these events ask for nothing, and nothing is written
   */
  readonly prepare: (events: readonly StoredEvent[]) => Promise<Handover | null>
}

export interface HandOverParts {
  readonly database: Database
  readonly cursors: Pick<EventCursors, 'lock' | 'advanceIn'>
  readonly subscriber: Subscriber
  /** This event is passed over: it has failed too often, and the rest of the log must not wait for it. */
  readonly onPassedOver: (event: StoredEvent, error: unknown) => void
}

const MAX_FAILURES = 5

/** `take` of a follower, for one subscriber. */
export function handOver(parts: HandOverParts): LogFollowerParts['take'] {
  const failures = new Failures()
  return async (events, to) => {
    try {
      return await write(parts, events, to)
    } catch (err) {
      if (isPassing(err)) throw err
      return await oneByOne(parts, events, to, failures)
    }
  }
}

/** Finds the event that makes a whole page fail. */
async function oneByOne(
  parts: HandOverParts,
  events: readonly StoredEvent[],
  to: number,
  failures: Failures,
): Promise<number> {
  let reached = to
  for (const event of events) {
    try {
      reached = await write(parts, [event], event.sequence)
    } catch (err) {
      if (isPassing(err) || failures.count(event.id) < MAX_FAILURES) throw err
      parts.onPassedOver(event, err)
    }
  }
  return Math.max(reached, to)
}

/** @returns position of the cursor, which another server may have moved further */
async function write(
  { database, cursors, subscriber }: HandOverParts,
  events: readonly StoredEvent[],
  to: number,
): Promise<number> {
  const handover = await subscriber.prepare(events)
  if (!handover) return to
  return await database.transaction(async (trx) => {
    const at = await cursors.lock(trx, subscriber.name)
    if (at >= to) return at
    if (at >= events[0]!.sequence) return at // somebody else has had the first of them: read again from there
    await handover(trx)
    await cursors.advanceIn(trx, subscriber.name, to)
    return to
  })
}

/** Something is locked, away or full: no event's fault, so it waits for as long as that takes. */
function isPassing(err: unknown): boolean {
  return (err instanceof AppError && err.status === 503) || isStorageFull(err) || isDatabaseFull(err)
}

/** How often an event has failed in a row; only the latest one is remembered, as it stops all others. */
class Failures {
  #event = ''
  #times = 0

  count(eventId: string): number {
    this.#times = this.#event === eventId ? this.#times + 1 : 1
    this.#event = eventId
    return this.#times
  }
}
