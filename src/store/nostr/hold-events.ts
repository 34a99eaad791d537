/** Events enter purgatory, as far as there is room. */
import { sql } from 'kysely'
import { byNewest, type VerifiedEvent } from '../../nostr/event.ts'
import type { Trx } from '../database.ts'
import { deletedAmong } from './deletions.ts'
import { bytesOf } from './event-rows.ts'
import type { EventSource } from './held-event.ts'
import { trim, type Room } from './trim.ts'
import { Shelf, type Shelved } from './shelf.ts'

/** `known`: it is served or in purgatory; `superseded`: by newer ones of its address. */
export type Holding = 'held' | 'known' | 'superseded' | 'deleted' | 'full'

export interface HoldCall {
  readonly event: VerifiedEvent
  readonly source: EventSource
  /** Milliseconds since 1970. */
  readonly waitsUntil: number
}

export interface PurgatoryRoom {
  /** Of all together; who has waited longest makes room. */
  readonly entries: number
  readonly bytes: number
  /** Of one author; who has no room left is refused, and so cannot fill the room of all. */
  readonly entriesOfAuthor: number
  readonly bytesOfAuthor: number
  /** Of one address; the newest ones stay. */
  readonly entriesOfAddress: number
}

const NONE: Room = { entries: 0, bytes: 0 }

/** @param now milliseconds since 1970 */
export async function holdEvents(
  trx: Trx,
  calls: readonly HoldCall[],
  { room, now }: { readonly room: PurgatoryRoom; readonly now: number },
): Promise<readonly Holding[]> {
  const events = calls.map(({ event }) => event)
  const shelf = await Shelf.around(trx, events)
  const deleted = await deletedAmong(trx, events)
  const waiting = await roomOfAuthors(trx, [...new Set(events.map(({ pubkey }) => pubkey))])
  const holdings = calls.map((call): Holding => {
    const { event, source, waitsUntil } = call
    if (isKnown(shelf.find(event.id))) return 'known'
    if (deleted.has(event.id)) return 'deleted'
    const older = olderOnes(shelf, event, room)
    if (older === null) return 'superseded'
    const { entries, bytes } = waiting.get(event.pubkey) ?? NONE
    const taken = {
      entries: entries - older.length + 1,
      bytes: bytes - bytesOfAll(older) + bytesOf(event),
    }
    if (taken.entries > room.entriesOfAuthor || taken.bytes > room.bytesOfAuthor) return 'full'
    for (const one of older) shelf.remove(one)
    waiting.set(event.pubkey, taken)
    shelf.put(event, { status: 'purgatory', source, receivedAt: now, waitsUntil })
    return 'held'
  })
  await shelf.write(trx)
  await trim(trx, 'purgatory', room)
  return holdings
}

function isKnown(entry: Shelved | undefined): boolean {
  return entry !== undefined && entry.status !== 'expired'
}

/** @returns those that it leaves no room for; `null`: newer ones leave none for it */
function olderOnes(shelf: Shelf, event: VerifiedEvent, room: PurgatoryRoom): readonly Shelved[] | null {
  const rivals = shelf.rivals(event)
  if (rivals.some((rival) => rival.status === 'served' && byNewest(rival, event) < 0)) return null
  const waiting = rivals.filter(({ status }) => status === 'purgatory').toSorted(byNewest)
  const newer = waiting.filter((rival) => byNewest(rival, event) < 0)
  return newer.length < room.entriesOfAddress ? waiting.slice(room.entriesOfAddress - 1) : null
}

function bytesOfAll(events: readonly Shelved[]): number {
  return events.reduce((sum, { bytes }) => sum + bytes, 0)
}

/** What waits of each author. */
async function roomOfAuthors(trx: Trx, authors: readonly string[]): Promise<Map<string, Room>> {
  const rows = await trx
    .selectFrom('nostr_events')
    .select(({ fn }) => ['pubkey', fn.countAll<number>().as('entries'), fn.sum<number>('bytes').as('bytes')])
    .where('status', '=', sql.lit('purgatory')) // bound, it would not choose the partial index
    .where('pubkey', 'in', authors)
    .groupBy('pubkey')
    .execute()
  return new Map(
    rows.map(({ pubkey, entries, bytes }) => [pubkey, { entries: Number(entries), bytes: Number(bytes) }]),
  )
}
