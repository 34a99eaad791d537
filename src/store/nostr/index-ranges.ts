/** Which index leads to the events of a filter with the fewest steps past others. */
import { sql, type Kysely } from 'kysely'
import type { Filter } from '../../nostr/filter.ts'
import type { Schema } from '../schema.ts'
import { tagKey } from './event-rows.ts'

/** Ranges of one index, each in the order of positions; together they hold every event of the filter. */
export type IndexRanges =
  | { readonly by: 'id'; readonly values: readonly string[] }
  | { readonly by: 'tag'; readonly name: string; readonly values: readonly number[] }
  | { readonly by: 'author'; readonly values: readonly string[] }
  | { readonly by: 'kind'; readonly values: readonly number[] }
  | { readonly by: 'time'; readonly values: readonly [null] }

/** Of two that hold more, either is taken. */
const COUNTED = 1_000
/** Of a long list, so many values are looked at. */
const SAMPLED = 50

/** Only where several conditions could lead, their events are counted. */
export async function chooseRanges(db: Kysely<Schema>, filter: Filter): Promise<IndexRanges> {
  const { ids, authors, kinds, tags } = filter
  if (ids) return { by: 'id', values: distinct(ids) }
  const choices: IndexRanges[] = [...(tags ?? [])].map(([name, values]) => tagRanges(name, values))
  if (authors) choices.push({ by: 'author', values: distinct(authors) })
  if (choices.length > 1) return await fewest(db, choices)
  if (choices[0]) return choices[0]
  return kinds ? { by: 'kind', values: distinct(kinds) } : { by: 'time', values: [null] }
}

function tagRanges(name: string, values: readonly string[]): IndexRanges {
  return { by: 'tag', name, values: distinct(values.map((value) => tagKey(name, value))) }
}

async function fewest(db: Kysely<Schema>, choices: readonly IndexRanges[]): Promise<IndexRanges> {
  const sized = await Promise.all(
    choices.map(async (ranges) => ({ ranges, size: await estimate(db, ranges) })),
  )
  return sized.toSorted((a, b) => a.size - b.size)[0]!.ranges
}

async function estimate(db: Kysely<Schema>, ranges: IndexRanges): Promise<number> {
  const sampled = ranges.values.slice(0, SAMPLED)
  const { found } = await db
    .selectFrom(sql`(select 1 from ${rowsOf(ranges.by, sampled)} limit ${sql.lit(COUNTED)})`.as('some'))
    .select(({ fn }) => fn.countAll<number>().as('found'))
    .executeTakeFirstOrThrow()
  return (Number(found) * ranges.values.length) / sampled.length
}

function rowsOf(by: IndexRanges['by'], values: readonly unknown[]) {
  return by === 'tag'
    ? sql`nostr_tags where served = 1 and key in (${sql.join(values)})`
    : sql`nostr_events where status = 'served' and pubkey in (${sql.join(values)})`
}

function distinct<T>(values: readonly T[]): readonly T[] {
  return [...new Set(values)]
}
