/** Time and id of everything that a filter matches, oldest first: what two relays compare. @see NIP-77 */
import { sql, type Kysely } from 'kysely'
import type { Filter } from '../../nostr/filter.ts'
import type { Schema } from '../schema.ts'
import { inChunks } from './in-chunks.ts'
import { positions } from './positions.ts'
import type { Looked, Position } from './position.ts'

export interface EventPosition {
  /** Seconds since 1970. */
  readonly created_at: number
  readonly id: string
}

/** @returns ascending by time, then by id; `null`: they are more than `max` */
export async function readVector(
  db: Kysely<Schema>,
  filter: Filter,
  max: number,
  looked?: Looked,
): Promise<readonly EventPosition[] | null> {
  const found: EventPosition[] = []
  for await (const page of positions(db, [filter], max + 1, looked)) {
    for (const some of inChunks(page)) found.push(...(await withIds(db, some)))
    if (found.length > max) return null
  }
  return found.sort(ascending)
}

async function withIds(db: Kysely<Schema>, places: readonly Position[]): Promise<readonly EventPosition[]> {
  return await db
    .selectFrom('nostr_events')
    .select(['created_at', 'id'])
    .where(
      'sequence',
      'in',
      places.map(({ event }) => event),
    )
    .where('status', '=', sql.lit('served'))
    .execute()
}

function ascending(a: EventPosition, b: EventPosition): number {
  return a.created_at - b.created_at || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0)
}
