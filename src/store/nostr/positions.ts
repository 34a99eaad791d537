/** Where the events of filters stand, newest first: what every question about many events begins with. */
import type { Kysely } from 'kysely'
import type { Filter } from '../../nostr/filter.ts'
import type { Schema } from '../schema.ts'
import { chooseRanges } from './index-ranges.ts'
import { mergePages, type NextPage } from './merge-pages.ts'
import type { Looked, Position } from './position.ts'
import { readIds, readRanges } from './read-range.ts'

/** Each event once, at most `limit` of them; `limit` of a filter counts for that filter. */
export async function* positions(
  db: Kysely<Schema>,
  filters: readonly Filter[],
  limit: number,
  looked: Looked = () => {},
): AsyncGenerator<readonly Position[]> {
  const lists = filters.filter(canMatch).map((filter) => asList(ofFilter(db, filter, limit, looked)))
  yield* firstOf(mergePages(lists), limit)
}

/** A list without values matches nothing. */
function canMatch({ ids, authors, kinds, tags, limit }: Filter): boolean {
  const lists = [ids, authors, kinds, ...(tags?.values() ?? [])]
  return limit !== 0 && lists.every((list) => list?.length !== 0)
}

async function* ofFilter(
  db: Kysely<Schema>,
  filter: Filter,
  limit: number,
  looked: Looked,
): AsyncGenerator<readonly Position[]> {
  const wanted = Math.min(filter.limit ?? limit, limit)
  const ranges = await chooseRanges(db, filter)
  const lists =
    ranges.by === 'id' ? readIds(db, filter, ranges) : readRanges(db, filter, { ranges, wanted, looked })
  yield* firstOf(mergePages(lists), wanted)
}

async function* firstOf(
  pages: AsyncIterable<readonly Position[]>,
  limit: number,
): AsyncGenerator<readonly Position[]> {
  let left = limit
  for await (const page of pages) {
    yield page.slice(0, left)
    left -= page.length
    if (left <= 0) return
  }
}

/** Whether a page was the last one shows when the next one is asked for. */
function asList(pages: AsyncGenerator<readonly Position[]>): NextPage<Position> {
  return async () => {
    for (;;) {
      const { done, value: items } = await pages.next()
      if (done) return { items: [], behind: null }
      const behind = items.at(-1)
      if (behind) return { items, behind }
    }
  }
}
