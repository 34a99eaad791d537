/** What time ends: purgatory, events that say until when they hold, and the memory of expired ones. */
import type { Trx } from '../database.ts'
import { withinBytes } from '../within-bytes.ts'
import { HELD_COLUMNS, toHeld, type HeldEvent } from './held-event.ts'
import { removeRows } from './shelf.ts'
import { trim } from './trim.ts'

const DAY_MS = 24 * 60 * 60 * 1_000
/** So long an event whose git data never came is not fetched from other relays again. */
const REMEMBERED_MS = 7 * DAY_MS
const REMEMBERED = { entries: 10_000, bytes: 256 * 1024 * 1024 }
const AT_ONCE = 500

/** @returns what was changed or removed, as it was; empty: nothing is left to do */
export async function expireSome(trx: Trx, now: number): Promise<readonly HeldEvent[]> {
  const over = await endOwn(trx, now)
  const expired = over.length === 0 ? await endPurgatory(trx, now) : []
  if (over.length === 0 && expired.length === 0) await forget(trx, now)
  return [...over, ...expired].map(toHeld)
}

/** @see NIP-40 */
async function endOwn(trx: Trx, now: number) {
  const due = await rows(trx)
    .where('expiration', '<=', Math.floor(now / 1_000))
    .orderBy('expiration')
    .execute()
  return await takeOut(trx, due, async (sequences) => removeRows(trx, sequences))
}

async function endPurgatory(trx: Trx, now: number) {
  const due = await rows(trx)
    .where('status', '=', 'purgatory')
    .where('waits_until', '<=', now)
    .orderBy('waits_until')
    .execute()
  return await takeOut(trx, due, async (sequences) => {
    await trx.deleteFrom('nostr_tags').where('event', 'in', sequences).execute()
    await trx
      .updateTable('nostr_events')
      .set({ status: 'expired', waits_until: now + REMEMBERED_MS })
      .where('sequence', 'in', sequences)
      .execute()
  })
}

async function forget(trx: Trx, now: number): Promise<void> {
  await trx
    .deleteFrom('nostr_events')
    .where('status', '=', 'expired')
    .where('waits_until', '<=', now)
    .execute()
  await trim(trx, 'expired', REMEMBERED)
}

function rows(trx: Trx) {
  return trx.selectFrom('nostr_events').select(['sequence', 'bytes']).limit(AT_ONCE)
}

/** Reads some of them before `end` changes them. */
async function takeOut(
  trx: Trx,
  due: readonly { readonly sequence: number; readonly bytes: number }[],
  end: (sequences: readonly number[]) => Promise<void>,
) {
  const sequences = withinBytes(due).map(({ sequence }) => sequence)
  if (sequences.length === 0) return []
  const found = await trx
    .selectFrom('nostr_events')
    .select(HELD_COLUMNS)
    .where('sequence', 'in', sequences)
    .execute()
  await end(sequences)
  return found
}
