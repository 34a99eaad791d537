/** Reads ranges of an index page by page. */
import type { Kysely } from 'kysely'
import type { Filter } from '../../nostr/filter.ts'
import { prepareQuery } from '../prepared-query.ts'
import type { Schema } from '../schema.ts'
import { fitting, nextOfRange, ofIds, type Bounds, type Candidate } from './candidates.ts'
import { inChunks } from './in-chunks.ts'
import type { IndexRanges } from './index-ranges.ts'
import type { NextPage } from './merge-pages.ts'
import { byPosition, type Looked, type Position } from './position.ts'
import { restOfFilter } from './rest-of-filter.ts'

type InOrder = Exclude<IndexRanges, { readonly by: 'id' }>

const MAX_PAGE = 500
const MIN_PAGE = 16
/** A statement, and each value that the filter names beside its range, are so much work in rows. */
const WORK = { statement: 50, value: 0.25 } as const

export interface Reading {
  readonly ranges: InOrder
  /** How many positions are likely to be taken. */
  readonly wanted: number
  readonly looked: Looked
}

/** One list for each range. */
export function readRanges(
  db: Kysely<Schema>,
  filter: Filter,
  { ranges, wanted, looked }: Reading,
): readonly NextPage<Position>[] {
  const rest = restOfFilter(db, filter, ranges)
  const read = prepareQuery<Candidate, Bounds>(db, (slot) => fitting(db, nextOfRange(ranges.by, slot), rest))
  const share = Math.ceil((2 * wanted) / ranges.values.length)
  const limit = rest.length > 0 ? MAX_PAGE : Math.min(Math.max(share, MIN_PAGE), MAX_PAGE)
  const work = WORK.statement + (rest.length > 0 ? WORK.value * valuesOf(filter) : 0)
  const since = filter.since ?? Number.MIN_SAFE_INTEGER
  return ranges.values.map((value) => {
    let from = { until: filter.until ?? Number.MAX_SAFE_INTEGER, tie: -1 }
    return async () => {
      const page = (await read({ value, ...from, since, limit })).toSorted(byPosition)
      looked(work + page.length)
      const last = page.length === limit ? page.at(-1) : undefined
      if (last) from = { until: last.created_at, tie: last.tie }
      return { items: page.filter(({ fits }) => fits === 1), behind: last ?? null }
    }
  })
}

function valuesOf({ authors, kinds, tags }: Filter): number {
  const lists = [authors, kinds, ...(tags?.values() ?? [])]
  return lists.reduce((sum, list) => sum + (list?.length ?? 0), 0)
}

/** Ids lie in no order of time: a list of one page for each part of them. */
export function readIds(
  db: Kysely<Schema>,
  filter: Filter,
  ranges: Extract<IndexRanges, { readonly by: 'id' }>,
): readonly NextPage<Position>[] {
  const { since = -Infinity, until = Infinity } = filter
  const rest = restOfFilter(db, filter, ranges)
  return [...inChunks(ranges.values)].map((ids) => async () => {
    const rows = await fitting(db, ofIds(ids), rest).execute()
    const items = rows.filter(
      ({ created_at, fits }) => fits === 1 && created_at >= since && created_at <= until,
    )
    return { items: items.toSorted(byPosition), behind: null }
  })
}
