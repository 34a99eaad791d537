/** How relays that announcements name have answered so far. Whom to ask is decided elsewhere. */
import type { Database } from '../database.ts'
import type { NostrRelayRow } from '../schema.ts'

export interface RelayHealth {
  /** In a row, up to now. */
  readonly failures: number
  /** Milliseconds since 1970, as all times; not before. */
  readonly retryAt: number
  /** Since when it has not answered once; `null`: it answered last time. */
  readonly failingSince: number | null
  /** In fixed words. */
  readonly lastError: string | null
  /** When a connection to it was last seen alive. */
  readonly connectedAt: number | null
  /** When everything was last compared with it. */
  readonly syncedAt: number | null
}

export class Relays {
  readonly #database: Database

  constructor(parts: { database: Database }) {
    this.#database = parts.database
  }

  /** @returns `null`: it was never tried */
  async healthOf(url: string): Promise<RelayHealth | null> {
    const row = await this.#database.kysely
      .selectFrom('nostr_relays')
      .selectAll()
      .where('url', '=', url)
      .executeTakeFirst()
    return row ? toHealth(row) : null
  }

  async note(url: string, health: RelayHealth): Promise<void> {
    const row = toRow(health)
    await this.#database.kysely
      .insertInto('nostr_relays')
      .values({ url, ...row })
      .onConflict((conflict) => conflict.column('url').doUpdateSet(row))
      .execute()
  }
}

function toRow(health: RelayHealth): Omit<NostrRelayRow, 'url'> {
  return {
    failures: health.failures,
    retry_at: health.retryAt,
    failing_since: health.failingSince,
    last_error: health.lastError,
    connected_at: health.connectedAt,
    synced_at: health.syncedAt,
  }
}

export function toHealth(row: NostrRelayRow): RelayHealth {
  return {
    failures: row.failures,
    retryAt: row.retry_at,
    failingSince: row.failing_since,
    lastError: row.last_error,
    connectedAt: row.connected_at,
    syncedAt: row.synced_at,
  }
}
