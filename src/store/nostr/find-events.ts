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
const ANY: readonly EventStatus[] = [...HELD, 'expired']

/** Newest first. */
export async function findEvents(db: Kysely<Schema>, wanted: Wanted): Promise<readonly HeldEvent[]> {
  const { ids, statuses = HELD } = wanted
  if (!canMatch(wanted, statuses)) return []
  const found: HeldEvent[] = []
  for (const some of ids ? inChunks(ids) : [null]) {
    const query = conditions(db, wanted, statuses)
    const rows = await (some ? query.where('id', 'in', some) : query).execute()
    found.push(...rows.map(toHeld))
  }
  return found.sort((a, b) => byNewest(a.event, b.event))
}

/** @returns for each id what is held, whatever its status, or `null` */
export async function readByIds(
  db: Kysely<Schema>,
  ids: readonly string[],
): Promise<readonly (HeldEvent | null)[]> {
  const found = await findEvents(db, { ids: [...new Set(ids)], statuses: ANY })
  const byId = new Map(found.map((held) => [held.event.id, held]))
  return ids.map((id) => byId.get(id) ?? null)
}

/** A list without values matches nothing; nor do tags of what has none any more. */
function canMatch({ kinds, authors, tags }: Wanted, statuses: readonly EventStatus[]): boolean {
  const lists: (readonly unknown[] | undefined)[] = [kinds, authors, statuses, ...(tags?.values() ?? [])]
  return lists.every((list) => list?.length !== 0) && (tags === undefined || taggedAs(statuses).length > 0)
}

function conditions(
  db: Kysely<Schema>,
  { ids, kinds, authors, identifier, tags }: Wanted,
  statuses: readonly EventStatus[],
) {
  let query = db.selectFrom('nostr_events').select(HELD_COLUMNS).where('status', 'in', statuses)
  if (kinds) query = query.where('kind', 'in', kinds)
  if (authors) query = query.where('pubkey', 'in', authors)
  if (identifier !== undefined) query = query.where('identifier', '=', inColumn(identifier))
  for (const [name, values] of tags ?? [])
    query = query.where('sequence', 'in', tagged(db, name, values, statuses))
  const hasIndex = ids !== undefined || identifier !== undefined || tags !== undefined
  if (!hasIndex && !statuses.includes('served')) query = query.where('waits_until', 'is not', null) // has one too
  return query
}

function tagged(
  db: Kysely<Schema>,
  name: string,
  values: readonly string[],
  statuses: readonly EventStatus[],
) {
  const keys = values.map((value) => tagKey(name, value))
  return db
    .selectFrom('nostr_tags')
    .select('event')
    .where('key', 'in', keys)
    .where('served', 'in', taggedAs(statuses))
}

/** Values of `served`. */
function taggedAs(statuses: readonly EventStatus[]): readonly (0 | 1)[] {
  return statuses.filter((status) => status !== 'expired').map((status) => (status === 'served' ? 1 : 0))
}
