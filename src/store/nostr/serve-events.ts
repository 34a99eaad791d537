/** Events become served, and what they replace goes. @see NIP-01, "Kinds" */
import { byNewest, type VerifiedEvent } from '../../nostr/event.ts'
import type { Trx } from '../database.ts'
import { deletedAmong } from './deletions.ts'
import type { EventSource } from './held-event.ts'
import { Shelf, type Shelved } from './shelf.ts'

export interface ServeCall {
  readonly events: readonly VerifiedEvent[]
  readonly source: EventSource
}

/**
 * @param now milliseconds since 1970
 * @returns of each call what was not served before it and is after all of them
 */
export async function serveEvents(
  trx: Trx,
  calls: readonly ServeCall[],
  now: number,
): Promise<readonly (readonly VerifiedEvent[])[]> {
  const events = calls.flatMap((call) => call.events)
  const shelf = await Shelf.around(trx, events)
  const deleted = await deletedAmong(trx, events)
  const served = calls.map(({ events, source }) =>
    events.map((event) => ({ event, entry: serve(shelf, event, { deleted, source, now }) })),
  )
  await shelf.write(trx)
  return served.map((of) => of.flatMap(({ event, entry }) => (entry && shelf.has(entry) ? [event] : [])))
}

interface Circumstances {
  readonly deleted: ReadonlySet<string>
  readonly source: EventSource
  readonly now: number
}

/** @returns `null`: it was served before, or may not be */
function serve(shelf: Shelf, event: VerifiedEvent, { deleted, source, now }: Circumstances): Shelved | null {
  const before = shelf.find(event.id)
  if (before?.status === 'served') return null
  const rivals = shelf.rivals(event)
  const isReplaced = rivals.some((rival) => rival.status === 'served' && byNewest(rival, event) < 0)
  if (isReplaced || deleted.has(event.id)) {
    if (before) shelf.remove(before)
    return null
  }
  for (const rival of rivals) if (byNewest(event, rival) < 0) shelf.remove(rival)
  return shelf.put(event, {
    status: 'served',
    source: before?.source ?? source,
    receivedAt: before?.received_at ?? now,
    waitsUntil: null,
  })
}
