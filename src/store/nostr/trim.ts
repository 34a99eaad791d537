/** Makes room among events that are not served: whoever's time would end first goes first. */
import { sql } from 'kysely'
import type { Trx } from '../database.ts'
import { removeRows } from './shelf.ts'

export interface Room {
  readonly entries: number
  readonly bytes: number
}

/** When it is full, a part is emptied, so that not every newcomer has to make room. */
const STAYS = 0.95
const AT_ONCE = 500

export async function trim(trx: Trx, status: 'purgatory' | 'expired', room: Room): Promise<void> {
  let { entries, bytes } = await sizeOf(trx, status)
  if (entries <= room.entries && bytes <= room.bytes) return
  const isFull = () => entries > room.entries * STAYS || bytes > room.bytes * STAYS
  while (isFull()) {
    const going: number[] = []
    for (const row of await firstToEnd(trx, status)) {
      if (!isFull()) break
      going.push(row.sequence)
      entries--
      bytes -= row.bytes
    }
    if (going.length === 0) return
    await removeRows(trx, going)
  }
}

async function sizeOf(trx: Trx, status: 'purgatory' | 'expired'): Promise<Room> {
  const row = await trx
    .selectFrom('nostr_events')
    .select(({ fn }) => [
      fn.countAll<number>().as('entries'),
      sql<number>`coalesce(sum(bytes), 0)`.as('bytes'),
    ])
    .where('status', '=', status)
    .where('waits_until', 'is not', null)
    .executeTakeFirstOrThrow()
  return { entries: Number(row.entries), bytes: Number(row.bytes) }
}

function firstToEnd(trx: Trx, status: 'purgatory' | 'expired') {
  return trx
    .selectFrom('nostr_events')
    .select(['sequence', 'bytes'])
    .where('status', '=', status)
    .where('waits_until', 'is not', null)
    .orderBy('waits_until')
    .orderBy('sequence')
    .limit(AT_ONCE)
    .execute()
}
