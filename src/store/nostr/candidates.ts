/** Rows that an index leads to, and whether a filter wants them. SQL only. */
import { sql, type Expression, type Kysely, type RawBuilder, type SqlBool } from 'kysely'
import type { SlotFor } from '../prepared-query.ts'
import type { Schema } from '../schema.ts'
import type { IndexRanges } from './index-ranges.ts'
import type { Position } from './position.ts'

export type Candidate = Position & { readonly fits: number }

export interface Bounds extends Record<string, unknown> {
  /** Of the range: hash of a tag, key of an author, kind. */
  readonly value: number | string | null
  /** Position that the page lies behind. */
  readonly until: number
  readonly tie: number
  readonly since: number
  readonly limit: number
}

/** Of every candidate is told whether it fits, so that a statement ends however few of them do. */
export function fitting(
  db: Kysely<Schema>,
  candidates: RawBuilder<unknown>,
  rest: readonly Expression<SqlBool>[],
) {
  const fits = rest.length === 0 ? sql`1 = 1` : sql.join(rest, sql` and `)
  return db
    .selectFrom(sql<Position>`(${candidates})`.as('c'))
    .select(['c.created_at', 'c.tie', 'c.event'])
    .select(sql<number>`case when ${fits} then 1 else 0 end`.as('fits'))
}

/**
 * The next ones of a range. Two events of one second and one tie count as one: nobody has such who has not tried for
 * long.
 */
export function nextOfRange(
  by: Exclude<IndexRanges['by'], 'id'>,
  slot: SlotFor<Bounds>,
): RawBuilder<unknown> {
  return sql`
    select created_at, tie, kind, ${by === 'tag' ? sql`event` : sql`sequence as event`}
    from ${rangeOf(by, slot)}
      and created_at <= ${slot('until')} and created_at >= ${slot('since')}
      and (created_at < ${slot('until')} or tie > ${slot('tie')})
    order by created_at desc, tie
    limit ${slot('limit')}`
}

/** @param ids at most some hundred */
export function ofIds(ids: readonly string[]): RawBuilder<unknown> {
  return sql`
    select created_at, tie, kind, sequence as event
    from nostr_events where status = 'served' and id in (${sql.join(ids)})`
}

/** Literals choose the partial indexes: a value that is bound would make SQLite plan anew at each call. */
function rangeOf(by: Exclude<IndexRanges['by'], 'id'>, slot: SlotFor<Bounds>): RawBuilder<unknown> {
  switch (by) {
    case 'tag':
      return sql`nostr_tags where served = 1 and key = ${slot('value')}`
    case 'author':
      return sql`nostr_events where status = 'served' and pubkey = ${slot('value')}`
    case 'kind':
      return sql`nostr_events where status = 'served' and kind = ${slot('value')}`
    case 'time':
      return sql`nostr_events where status = 'served'`
  }
}
