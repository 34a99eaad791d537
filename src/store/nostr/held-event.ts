/** An event as the store holds it, and the columns that it is read from. */
import type { VerifiedEvent } from '../../nostr/event.ts'
import type { NostrEventRow } from '../schema.ts'

/** A client of this relay, or another relay. */
export type EventSource = NostrEventRow['source']

/** `expired`: it was in purgatory, and its git data never came. It is known for some days, so as not to be fetched again. */
export type EventStatus = NostrEventRow['status']

export interface HeldEvent {
  readonly event: VerifiedEvent
  readonly status: EventStatus
  readonly source: EventSource
  /** Milliseconds since 1970. */
  readonly receivedAt: number
  /** End of its time in purgatory; of an expired one, when it is forgotten. */
  readonly waitsUntil: number | null
}

export const HELD_COLUMNS = ['status', 'source', 'received_at', 'waits_until', 'json'] as const

export function toHeld(row: Pick<NostrEventRow, (typeof HELD_COLUMNS)[number]>): HeldEvent {
  return {
    event: JSON.parse(row.json) as VerifiedEvent, // nothing else is ever written there
    status: row.status,
    source: row.source,
    receivedAt: row.received_at,
    waitsUntil: row.waits_until,
  }
}
