/** How far each subscriber has read the log. Late is no harm: what is read twice must change nothing. */
import type { Kysely } from 'kysely'
import type { Database, Trx } from '../database.ts'
import type { Schema } from '../schema.ts'

export class EventCursors {
  readonly #database: Database

  constructor(database: Database) {
    this.#database = database
  }

  /** Sequence of the last event that need not be read again; `null` for a subscriber that is new. */
  async read(subscriber: string): Promise<number | null> {
    return readCursor(this.#database.kysely, subscriber)
  }

  /** Never back: of several servers that read the same log, one is ahead. */
  async advance(subscriber: string, sequence: number): Promise<void> {
    await advance(this.#database.kysely, subscriber, sequence)
  }

  /** Position of a subscriber, `0` of a new one, which nobody else moves until the transaction ends. */
  async lock(trx: Trx, subscriber: string): Promise<number> {
    await this.#database.takeTurn(trx, `cursor ${subscriber}`)
    return (await readCursor(trx, subscriber)) ?? 0
  }

  advanceIn(trx: Trx, subscriber: string, sequence: number): Promise<void> {
    return advance(trx, subscriber, sequence)
  }
}

async function readCursor(kysely: Kysely<Schema>, subscriber: string): Promise<number | null> {
  const row = await kysely
    .selectFrom('event_cursors')
    .select('sequence')
    .where('subscriber', '=', subscriber)
    .executeTakeFirst()
  return row?.sequence ?? null
}

async function advance(kysely: Kysely<Schema>, subscriber: string, sequence: number): Promise<void> {
  await kysely
    .insertInto('event_cursors')
    .values({ subscriber, sequence })
    .onConflict((conflict) =>
      conflict.column('subscriber').doUpdateSet({ sequence }).where('event_cursors.sequence', '<', sequence),
    )
    .execute()
}
