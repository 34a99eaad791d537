/** Events for tests of what does not look at their signatures, and a store of them. */
import { createHash } from 'node:crypto'
import type { VerifiedEvent } from '../../src/nostr/event.ts'
import type { Database } from '../../src/store/database.ts'
import { NostrEvents, type NostrEventsParts } from '../../src/store/nostr/nostr-events.ts'
import { HandClock } from './databases.ts'

/** 64 hex digits that are the same for the same word: a key or an id. */
export function hexOf(word: string): string {
  return createHash('sha256').update(word).digest('hex')
}

/** An event as if it had been verified: whoever only stores it believes that. Its id follows from what it says. */
export function anEvent(fields: Partial<VerifiedEvent> = {}): VerifiedEvent {
  const said = {
    pubkey: hexOf('owner'),
    created_at: 1_700_000_000,
    kind: 1,
    tags: [],
    content: '',
    sig: '0'.repeat(128),
    ...fields,
  }
  return { id: hexOf(JSON.stringify(said)), ...said } as unknown as VerifiedEvent
}

export function eventStore(database: Database, parts: Partial<NostrEventsParts> = {}) {
  const clock = new HandClock()
  return { clock, events: new NostrEvents({ database, clock, ...parts }) }
}
