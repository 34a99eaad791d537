/** What a deletion names, and which events a served deletion names. @see NIP-09 */
import type { Kysely } from 'kysely'
import { addressOf, tagValues, type NostrEvent, type VerifiedEvent } from '../../nostr/event.ts'
import { KIND } from '../../nostr/kinds.ts'
import type { Trx } from '../database.ts'
import type { Schema } from '../schema.ts'
import { deletionKey, inColumn } from './event-rows.ts'
import { HELD_COLUMNS, toHeld, type HeldEvent } from './held-event.ts'
import { inChunks } from './in-chunks.ts'
import { removeRows } from './shelf.ts'

interface Deletion {
  readonly pubkey: string
  readonly created_at: number
}

/** @returns ids of those that a served deletion of their author names */
export async function deletedAmong(
  db: Kysely<Schema>,
  events: readonly VerifiedEvent[],
): Promise<ReadonlySet<string>> {
  const keys = new Set(events.flatMap((event) => [byIdKey(event), byAddressKey(event) ?? []].flat()))
  const deletions = await deletionsUnder(db, keys)
  return new Set(events.filter((event) => isDeletedBy(deletions, event)).map(({ id }) => id))
}

/**
 * Removes what it names, whatever its status, except other deletions.
 *
 * @returns what was removed and had not expired
 */
export async function removeDeleted(trx: Trx, deletion: VerifiedEvent): Promise<readonly HeldEvent[]> {
  const rows = trx
    .selectFrom('nostr_events')
    .select(['sequence', ...HELD_COLUMNS])
    .where('pubkey', '=', deletion.pubkey)
    .where('kind', '<>', KIND.deletion)
  const found = new Map<number, HeldEvent>()
  for (const ids of inChunks(tagValues(deletion, 'e').map(inColumn)))
    for (const row of await rows.where('id', 'in', ids).execute()) found.set(row.sequence, toHeld(row))
  for (const addresses of inChunks(tagValues(deletion, 'a').map(inColumn))) {
    const until = rows.where('address', 'in', addresses).where('created_at', '<=', deletion.created_at)
    for (const row of await until.execute()) found.set(row.sequence, toHeld(row))
  }
  await removeRows(trx, [...found.keys()])
  return [...found.values()].filter(({ status }) => status !== 'expired')
}

function isDeletedBy(deletions: ReadonlyMap<number, readonly Deletion[]>, event: NostrEvent): boolean {
  if (event.kind === KIND.deletion) return false
  const isOwn = ({ pubkey }: Deletion) => pubkey === event.pubkey
  const isLater = ({ created_at }: Deletion) => created_at >= event.created_at
  const byAddress = deletions.get(byAddressKey(event) ?? -1) ?? []
  return (
    (deletions.get(byIdKey(event)) ?? []).some(isOwn) || byAddress.some((one) => isOwn(one) && isLater(one))
  )
}

async function deletionsUnder(
  db: Kysely<Schema>,
  keys: ReadonlySet<number>,
): Promise<ReadonlyMap<number, readonly Deletion[]>> {
  const found = new Map<number, Deletion[]>()
  for (const some of inChunks(keys)) {
    const rows = await db
      .selectFrom('nostr_tags as t')
      .innerJoin('nostr_events as d', 'd.sequence', 't.event')
      .select(['t.key', 'd.pubkey', 'd.created_at'])
      .where('t.key', 'in', some)
      .where('t.served', '=', 1)
      .execute()
    for (const { key, ...deletion } of rows) found.set(key, [...(found.get(key) ?? []), deletion])
  }
  return found
}

function byIdKey({ pubkey, id }: NostrEvent): number {
  return deletionKey(pubkey, 'e', id)
}

function byAddressKey(event: NostrEvent): number | null {
  const address = addressOf(event)
  return address === null ? null : deletionKey(event.pubkey, 'a', address)
}
