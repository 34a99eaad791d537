/** What the index that was chosen for a filter does not answer: asked of every event that it leads to. */
import { sql, type Expression, type Kysely, type SqlBool } from 'kysely'
import type { Filter } from '../../nostr/filter.ts'
import type { Schema } from '../schema.ts'
import { tagKey } from './event-rows.ts'
import type { IndexRanges } from './index-ranges.ts'

/** Of more values, the few tags of the event are looked up in the list, and not the list in the index. */
const FEW = 8

/** Expressions about the row `c`, an event that the index led to; all must be true. */
export function restOfFilter(db: Kysely<Schema>, filter: Filter, ranges: IndexRanges): Expression<SqlBool>[] {
  const { kinds, authors, tags } = filter
  const rest: Expression<SqlBool>[] = []
  if (kinds && ranges.by !== 'kind') rest.push(sql<SqlBool>`c.kind in (${sql.join(kinds)})`)
  if (authors && ranges.by !== 'author') rest.push(isBy(db, authors))
  for (const [name, values] of tags ?? [])
    if (ranges.by !== 'tag' || ranges.name !== name) rest.push(hasTag(db, name, values))
  return rest
}

function isBy(db: Kysely<Schema>, authors: readonly string[]): Expression<SqlBool> {
  const author = db
    .selectFrom('nostr_events as e')
    .select('e.sequence')
    .where('e.sequence', '=', sql.ref<number>('c.event'))
    .where('e.pubkey', 'in', authors)
  return sql<SqlBool>`exists ${author}`
}

function hasTag(db: Kysely<Schema>, name: string, values: readonly string[]): Expression<SqlBool> {
  const key = values.length > FEW ? sql<number>`+${sql.ref('o.key')}` : sql.ref<number>('o.key') // SQLite: `+` keeps from the index
  const tag = db
    .selectFrom('nostr_tags as o')
    .select('o.event')
    .where('o.event', '=', sql.ref<number>('c.event'))
    .where(
      key,
      'in',
      values.map((value) => tagKey(name, value)),
    )
  return sql<SqlBool>`exists ${tag}`
}
