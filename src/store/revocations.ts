/**
 * Tokens that were revoked before their end, and the list of credentials about which something has
 * changed: a token revoked, an account disabled. Whoever remembers credentials follows that list.
 */
import type { Clock } from '../kernel/ports.ts'
import type { Database, Trx } from './database.ts'

export interface RevokedToken {
  readonly id: string
  /** Milliseconds since 1970, as all times here. */
  readonly revokedAt: number
  /** Neither it nor anything minted from it is valid after that. */
  readonly expiresAt: number
}

/** Changes older than that are forgotten; a reader who slept longer must forget all he remembers. */
const KEPT_MS = 24 * 3600_000
const CHANGES_AT_ONCE = 1_000

export class Revocations {
  readonly #database: Database
  readonly #clock: Clock

  constructor(parts: { database: Database; clock: Clock }) {
    this.#database = parts.database
    this.#clock = parts.clock
  }

  /**
   * Revokes tokens by their ids, known to a table or not; one that is revoked already stays as it is.
   *
   * @param expiresAt when the last token minted from any of them ends
   * @returns those of them that were not revoked before
   */
  async revoke(trx: Trx, ids: readonly string[], expiresAt: number): Promise<readonly string[]> {
    if (ids.length === 0) return []
    const revokedAt = this.#clock.now()
    const revoked = await trx
      .insertInto('revoked_tokens')
      .values(ids.map((id) => ({ id, revoked_at: revokedAt, expires_at: expiresAt })))
      .onConflict((conflict) => conflict.column('id').doNothing())
      .returning('id')
      .execute()
    await this.announce(trx, ids)
    return revoked.map(({ id }) => id)
  }

  /**
   * Tells every process that what it remembers of these tokens or accounts is old. Call it late in the
   * transaction: from here to its end no other one announces, so that no reader skips a number.
   */
  async announce(trx: Trx, ids: readonly string[]): Promise<void> {
    if (ids.length === 0) return
    await this.#database.takeTurn(trx, 'credential changes')
    const now = this.#clock.now()
    await trx
      .insertInto('credential_changes')
      .values(ids.map((id) => ({ id, created_at: now })))
      .execute()
  }

  async anyRevoked(ids: readonly string[], on: Database['kysely'] = this.#database.kysely): Promise<boolean> {
    if (ids.length === 0) return false
    const row = await on
      .selectFrom('revoked_tokens')
      .select('id')
      .where('id', 'in', [...ids])
      .limit(1)
      .executeTakeFirst()
    return row !== undefined
  }

  /** Those that would still be valid, newest first. */
  async unexpired(limit: number): Promise<readonly RevokedToken[]> {
    const rows = await this.#database.kysely
      .selectFrom('revoked_tokens')
      .selectAll()
      .where('expires_at', '>', this.#clock.now())
      .orderBy('revoked_at', 'desc')
      .orderBy('id')
      .limit(limit)
      .execute()
    return rows.map((row) => ({ id: row.id, revokedAt: row.revoked_at, expiresAt: row.expires_at }))
  }

  /** Position of the newest change; `0` when there is none. */
  async position(): Promise<number> {
    const row = await this.#database.kysely
      .selectFrom('credential_changes')
      .select('sequence')
      .orderBy('sequence', 'desc')
      .limit(1)
      .executeTakeFirst()
    return row?.sequence ?? 0
  }

  /**
   * What has changed behind a position.
   *
   * @returns `ids` null when there were more than can be told: forget everything
   */
  async since(
    sequence: number,
  ): Promise<{ readonly ids: readonly string[] | null; readonly position: number }> {
    const rows = await this.#database.kysely
      .selectFrom('credential_changes')
      .select(['sequence', 'id'])
      .where('sequence', '>', sequence)
      .orderBy('sequence')
      .limit(CHANGES_AT_ONCE)
      .execute()
    if (rows.length === CHANGES_AT_ONCE) return { ids: null, position: await this.position() }
    return { ids: rows.map((row) => row.id), position: rows.at(-1)?.sequence ?? sequence }
  }

  /** Forgets what nobody can need any more. */
  async prune(): Promise<void> {
    const now = this.#clock.now()
    const { kysely } = this.#database
    await kysely.deleteFrom('revoked_tokens').where('expires_at', '<=', now).execute()
    await kysely
      .deleteFrom('credential_changes')
      .where('created_at', '<=', now - KEPT_MS)
      .execute()
  }
}
