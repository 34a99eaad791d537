/** The texts of events by their positions, a bounded number of bytes at a time. */
import { sql, type Kysely } from 'kysely'
import type { Schema } from '../schema.ts'
import { withinBytes } from '../within-bytes.ts'
import { inChunks } from './in-chunks.ts'
import type { Position } from './position.ts'

interface Read {
  readonly sequence: number
  readonly bytes: number
  /** `null` where it is large. */
  readonly json: string | null
}

const AT_ONCE = 500
/** Smaller ones come with their sizes: `AT_ONCE` of them are no more than some megabytes. */
const SMALL_BYTES = 8_192

/**
 * In the order of `places`, without those that are not served any more, or have expired.
 *
 * @param now milliseconds since 1970
 */
export async function* readEvents(
  db: Kysely<Schema>,
  places: readonly Position[],
  now: number,
): AsyncGenerator<readonly string[]> {
  for (const some of inChunks(places, AT_ONCE)) {
    const found = await readSizes(db, some, now)
    for (let rest = found; rest.length > 0;) {
      const page = withinBytes(rest)
      yield await readLarge(db, page)
      rest = rest.slice(page.length)
    }
  }
}

async function readSizes(
  db: Kysely<Schema>,
  places: readonly Position[],
  now: number,
): Promise<readonly Read[]> {
  const rows = await db
    .selectFrom('nostr_events')
    .select([
      'sequence',
      'bytes',
      sql<string | null>`case when bytes <= ${SMALL_BYTES} then json end`.as('json'),
    ])
    .where(
      'sequence',
      'in',
      places.map(({ event }) => event),
    )
    .where('status', '=', sql.lit('served'))
    .where((eb) => eb.or([eb('expiration', 'is', null), eb('expiration', '>', Math.floor(now / 1_000))]))
    .execute()
  const bySequence = new Map(rows.map((row) => [row.sequence, row]))
  return places.flatMap(({ event }) => bySequence.get(event) ?? [])
}

async function readLarge(db: Kysely<Schema>, page: readonly Read[]): Promise<readonly string[]> {
  const large = page.filter(({ json }) => json === null).map(({ sequence }) => sequence)
  if (large.length === 0) return page.flatMap(({ json }) => json ?? [])
  const rows = await db
    .selectFrom('nostr_events')
    .select(['sequence', 'json'])
    .where('sequence', 'in', large)
    .execute()
  const texts = new Map(rows.map(({ sequence, json }) => [sequence, json]))
  return page.flatMap(({ sequence, json }) => json ?? texts.get(sequence) ?? [])
}
