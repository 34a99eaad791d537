/** Events of other relays that were refused: their ids, so that nobody fetches them again for a while. */
import type { Clock } from '../../kernel/ports.ts'
import type { Database } from '../database.ts'

const KEEP_MS = 7 * 24 * 3600_000
/** SQLite takes 32,766 values in a statement. */
const MAX_IN_STATEMENT = 1_000
/** An event that names more repositories is looked at again when one of these changes. */
const MAX_IDENTIFIERS = 20

export class Rejections {
  readonly #database: Database
  readonly #clock: Clock

  constructor(parts: { database: Database; clock: Clock }) {
    this.#database = parts.database
    this.#clock = parts.clock
  }

  /**
   * @param identifiers of repositories that the event names; may be empty
   * @param reason what was said of it
   */
  async add(id: string, identifiers: Iterable<string>, reason: string): Promise<void> {
    const named = [...new Set(identifiers)].slice(0, MAX_IDENTIFIERS)
    const value = { reason, until: this.#clock.now() + KEEP_MS }
    await this.#database.kysely
      .insertInto('nostr_rejections')
      .values((named.length > 0 ? named : ['']).map((identifier) => ({ id, identifier, ...value })))
      .onConflict((conflict) => conflict.columns(['id', 'identifier']).doUpdateSet(value))
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

  /** More of a repository is known now: what was refused may be right. */
  async reconsider(identifier: string): Promise<void> {
    await this.#database.kysely
      .deleteFrom('nostr_rejections')
      .where('id', 'in', (rows) =>
        rows
          .selectFrom('nostr_rejections as named')
          .select('named.id')
          .where('named.identifier', '=', identifier),
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
