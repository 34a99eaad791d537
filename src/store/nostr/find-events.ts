/** Few events with everything that is known of them, for who decides about them. For subscriptions: positions.ts. */
import type { Kysely } from 'kysely'
import { byNewest } from '../../nostr/event.ts'
import type { Schema } from '../schema.ts'
import { inColumn, tagKey } from './event-rows.ts'
import { HELD_COLUMNS, toHeld, type EventStatus, type HeldEvent } from './held-event.ts'
import { inChunks } from './in-chunks.ts'

/** Conditions that all must be met; of each list one value suffices. */
export interface Wanted {
  readonly ids?: readonly string[]
  readonly kinds?: readonly number[]
  readonly authors?: readonly string[]
  /** `d` of addressable events. */
  readonly identifier?: string
  /** Values by one-letter names. Expired events are not found by these. */
  readonly tags?: ReadonlyMap<string, readonly string[]>
  /** Default: `served` and `purgatory`. */
  readonly statuses?: readonly EventStatus[]
}

const HELD: readonly EventStatus[] = ['served', 'purgatory']

/** Newest first. */
export async function findEvents(db: Kysely<Schema>, wanted: Wanted): Promise<readonly HeldEvent[]> {
  const found: HeldEvent[] = []
  for (const ids of wanted.ids ? inChunks(wanted.ids) : [undefined])
    found.push(...(await findSome(db, { ...wanted, ids })))
  return found.sort((a, b) => byNewest(a.event, b.event))
}

async function findSome(
  db: Kysely<Schema>,
  {
    ids,
    kinds,
    authors,
    identifier,
    tags,
    statuses = HELD,
  }: Omit<Wanted, 'ids'> & { ids: Wanted['ids'] | undefined },
): Promise<readonly HeldEvent[]> {
  let query = db.selectFrom('nostr_events').select(HELD_COLUMNS).where('status', 'in', statuses)
  if (!statuses.includes('served')) query = query.where('waits_until', 'is not', null) // has an index
  if (ids) query = query.where('id', 'in', ids)
  if (kinds) query = query.where('kind', 'in', kinds)
  if (authors) query = query.where('pubkey', 'in', authors)
  if (identifier !== undefined) query = query.where('identifier', '=', inColumn(identifier))
  for (const [name, values] of tags ?? []) {
    const keys = values.map((value) => tagKey(name, value))
    query = query.where('sequence', 'in', (eb) =>
      eb.selectFrom('nostr_tags').select('event').where('key', 'in', keys).where('served', 'in', [0, 1]),
    )
  }
  return (await query.execute()).map(toHeld)
}
