/** How far each subscriber has read the log. Late is no harm: what is read twice must change nothing. */
import type { Database } from './database.ts'

export class EventCursors {
  readonly #database: Database

  constructor(database: Database) {
    this.#database = database
  }

  /** Sequence of the last event that need not be read again; `0` for a subscriber that is new. */
  async read(subscriber: string): Promise<number> {
    const row = await this.#database.kysely
      .selectFrom('event_cursors')
      .select('sequence')
      .where('subscriber', '=', subscriber)
      .executeTakeFirst()
    return row?.sequence ?? 0
  }

  /** Never back: of several servers that read the same log, one is ahead. */
  async advance(subscriber: string, sequence: number): Promise<void> {
    await this.#database.kysely
      .insertInto('event_cursors')
      .values({ subscriber, sequence })
      .onConflict((conflict) =>
        conflict
          .column('subscriber')
          .doUpdateSet({ sequence })
          .where('event_cursors.sequence', '<', sequence),
      )
      .execute()
  }
}
