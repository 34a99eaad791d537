/** Reads the log a page at a time. How large events are is up to those who push: a page is bounded in bytes as well. */
import { sql, type Kysely } from 'kysely'
import { prepareQuery } from '../prepared-query.ts'
import type { EventRow, Schema } from '../schema.ts'

export interface RowPage {
  /** Oldest first. */
  readonly rows: readonly EventRow[]
  /** There were more behind them. */
  readonly more: boolean
}

/** @returns what stands behind a position of the log */
export type ReadPage = (after: number) => Promise<RowPage>

/** Most events of a page. */
const MAX_EVENTS = 200
/** Most bytes of their data; an event that is larger is a page by itself. */
const MAX_BYTES = 4 * 1024 * 1024

export function pageReader(kysely: Kysely<Schema>): ReadPage {
  const read = prepareQuery<EventRow & { newest: number }, { after: number }>(kysely, (slot) =>
    kysely
      .with('sized', (db) =>
        db
          .selectFrom('events')
          .select(['sequence', sql<number>`octet_length(data)`.as('bytes')])
          .where('sequence', '>', slot('after'))
          .orderBy('sequence')
          .limit(MAX_EVENTS),
      )
      .with('summed', (db) =>
        db.selectFrom('sized').select(({ fn }) => [
          'sequence',
          fn
            .agg<number>('row_number')
            .over((o) => o.orderBy('sequence'))
            .as('place'),
          fn
            .sum<number>('bytes')
            .over((o) => o.orderBy('sequence'))
            .as('bytes'),
        ]),
      )
      .selectFrom('events')
      .selectAll('events')
      .select(sql<number>`(select max(sequence) from sized)`.as('newest'))
      .where('sequence', '>', slot('after'))
      .where('sequence', '<=', (eb) =>
        eb
          .selectFrom('summed')
          .select(({ fn }) => fn.max('sequence').as('last'))
          .where((where) => where.or([where('place', '=', 1), where('bytes', '<=', MAX_BYTES)])),
      )
      .orderBy('sequence'),
  )
  return async (after) => {
    const rows = await read({ after })
    const last = rows.at(-1)
    const more = last !== undefined && (last.sequence < last.newest || rows.length === MAX_EVENTS)
    return { rows, more }
  }
}
