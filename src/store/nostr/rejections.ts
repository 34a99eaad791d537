/** Events of other relays that were refused: their ids, so that nobody fetches them again for a while. */
import type { Clock } from '../../kernel/ports.ts'
import type { Database } from '../database.ts'

const KEEP_MS = 7 * 24 * 3600_000
/** SQLite takes 32,766 values in a statement. */
const MAX_IN_STATEMENT = 1_000
/** An event that names more is looked at again when more becomes known of one of these. */
const MAX_NAMES = 20

export class Rejections {
  readonly #database: Database
  readonly #clock: Clock

  constructor(parts: { database: Database; clock: Clock }) {
    this.#database = parts.database
    this.#clock = parts.clock
  }

  /**
   * @param names identifiers of repositories and ids of events that the event names; may be empty
   * @param reason what was said of it
   */
  async add(id: string, names: Iterable<string>, reason: string): Promise<void> {
    const named = [...new Set(names)].slice(0, MAX_NAMES)
    const value = { reason, until: this.#clock.now() + KEEP_MS }
    await this.#database.kysely
      .insertInto('nostr_rejections')
      .values((named.length > 0 ? named : ['']).map((name) => ({ id, named: name, ...value })))
      .onConflict((conflict) => conflict.columns(['id', 'named']).doUpdateSet(value))
      .execute()
  }

  /** Those that were refused, and are not to be looked at again yet. */
  async among(ids: readonly string[]): Promise<ReadonlySet<string>> {
    const found = new Set<string>()
    for (let at = 0; at < ids.length; at += MAX_IN_STATEMENT) {
      const rows = await this.#database.kysely
        .selectFrom('nostr_rejections')
        .select('id')
        .where('id', 'in', ids.slice(at, at + MAX_IN_STATEMENT))
        .where('until', '>', this.#clock.now())
        .execute()
      for (const { id } of rows) found.add(id)
    }
    return found
  }

  /** More of a repository, or an event, is known now: what named it and was refused may be right. */
  async reconsider(name: string): Promise<void> {
    await this.#database.kysely
      .deleteFrom('nostr_rejections')
      .where('id', 'in', (rows) =>
        rows.selectFrom('nostr_rejections as other').select('other.id').where('other.named', '=', name),
      )
      .execute()
  }

  /** Drops those whose time is over. */
  async forget(): Promise<void> {
    await this.#database.kysely
      .deleteFrom('nostr_rejections')
      .where('until', '<=', this.#clock.now())
      .execute()
  }
}
