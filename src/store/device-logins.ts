/** Logins by device that are under way. Neither our device code nor the issuer's is here in the clear. */
import type { Clock } from '../kernel/ports.ts'
import type { Database } from './database.ts'
import type { DeviceLoginRow } from './schema.ts'

export interface DeviceLogin {
  /** SHA-256 of our device code, hex. */
  readonly hash: string
  readonly clientId: string | null
  /** Words of ours that narrow what the login gives; `null`: everything of its account. */
  readonly scope: string | null
  /** Device code of the issuer behind us, sealed. */
  readonly upstreamCode: string
  /** Least time between two polls. */
  readonly intervalSeconds: number
  /** Milliseconds since 1970. */
  readonly expiresAt: number
}

/** @see RFC 8628, section 3.5 (`slow_down`) */
const SLOWER_BY_SECONDS = 5

export class DeviceLogins {
  readonly #database: Database
  readonly #clock: Clock

  constructor(parts: { database: Database; clock: Clock }) {
    this.#database = parts.database
    this.#clock = parts.clock
  }

  async start(login: DeviceLogin): Promise<void> {
    const row: DeviceLoginRow = {
      hash: login.hash,
      client_id: login.clientId,
      scope: login.scope,
      upstream_code: login.upstreamCode,
      interval_seconds: login.intervalSeconds,
      polled_at: null,
      created_at: this.#clock.now(),
      expires_at: login.expiresAt,
    }
    await this.#database.kysely.insertInto('device_logins').values(row).execute()
  }

  /** Also when it has expired. */
  async byHash(hash: string): Promise<DeviceLogin | null> {
    const row = await this.#database.kysely
      .selectFrom('device_logins')
      .selectAll()
      .where('hash', '=', hash)
      .executeTakeFirst()
    return row ? toLogin(row) : null
  }

  /**
   * Notes a poll. Of several at once one is in time.
   *
   * @returns whether it is long enough after the one before
   */
  async poll({ hash, intervalSeconds }: DeviceLogin): Promise<boolean> {
    const now = this.#clock.now()
    const { numUpdatedRows } = await this.#database.kysely
      .updateTable('device_logins')
      .set({ polled_at: now })
      .where('hash', '=', hash)
      .where((eb) =>
        eb.or([eb('polled_at', 'is', null), eb('polled_at', '<=', now - intervalSeconds * 1000)]),
      )
      .executeTakeFirst()
    return numUpdatedRows > 0n
  }

  /** For this and all later polls. */
  async slowDown(hash: string): Promise<void> {
    await this.#database.kysely
      .updateTable('device_logins')
      .set((eb) => ({ interval_seconds: eb('interval_seconds', '+', SLOWER_BY_SECONDS) }))
      .where('hash', '=', hash)
      .execute()
  }

  /** @returns whether it was still there: of several at once one ends it */
  async end(hash: string): Promise<boolean> {
    const { numDeletedRows } = await this.#database.kysely
      .deleteFrom('device_logins')
      .where('hash', '=', hash)
      .executeTakeFirst()
    return numDeletedRows > 0n
  }

  async removeExpired(): Promise<void> {
    const now = this.#clock.now()
    await this.#database.kysely.deleteFrom('device_logins').where('expires_at', '<=', now).execute()
  }
}

function toLogin(row: DeviceLoginRow): DeviceLogin {
  return {
    hash: row.hash,
    clientId: row.client_id,
    scope: row.scope,
    upstreamCode: row.upstream_code,
    intervalSeconds: row.interval_seconds,
    expiresAt: row.expires_at,
  }
}
