/** Rows of the long-lived tokens. The token itself is never here, only its SHA-256. */
import { AppError } from '../kernel/errors.ts'
import type { NewEvent } from '../kernel/events.ts'
import type { Grants } from '../kernel/grants.ts'
import type { Clock } from '../kernel/ports.ts'
import { CLOCK_SKEW_SECONDS, MAX_TOKEN_SECONDS } from '../kernel/token-times.ts'
import type { Database, Trx } from './database.ts'
import type { Actor, EventLog } from './log/events.ts'
import { isMintedFrom } from './minted-from.ts'
import type { Revocations } from './revocations.ts'
import type { OpaqueTokenRow } from './schema.ts'

export interface OpaqueToken {
  readonly id: string
  /** SHA-256 of the token, hex. */
  readonly hash: string
  /** `personal`, `deploy`, … as in its text. */
  readonly kind: string
  readonly accountId: string
  readonly name: string
  readonly grants: Grants
  readonly actingFor: string | null
  /** Ids of the token that it was minted from, of this table or not, and of all that one came from; nearest first. */
  readonly mintedFrom: readonly string[]
  readonly createdBy: string | null
  /** Milliseconds since 1970, as all times below. */
  readonly createdAt: number
  readonly expiresAt: number | null
  readonly lastUsedAt: number | null
  readonly lastUsedAddress: string | null
  readonly revokedAt: number | null
}

export type NewOpaqueToken = Omit<OpaqueToken, 'createdAt' | 'lastUsedAt' | 'lastUsedAddress' | 'revokedAt'>

/** A signed token of ours, or one of another issuer. */
export interface UnlistedToken {
  readonly kind: string
  readonly accountId: string | null
  /** Milliseconds since 1970. */
  readonly expiresAt: number
}

const TOUCH_EVERY_MS = 60_000
/** Signed tokens that were minted from a row may outlive it by the disagreement of clocks. */
const MAX_TOKEN_MS = (MAX_TOKEN_SECONDS + CLOCK_SKEW_SECONDS) * 1000
/** The year 9999. */
const FOREVER = 253_402_300_799_000

export class OpaqueTokens {
  readonly #database: Database
  readonly #events: EventLog
  readonly #clock: Clock
  readonly #revocations: Revocations

  constructor(parts: { database: Database; events: EventLog; revocations: Revocations; clock: Clock }) {
    this.#database = parts.database
    this.#revocations = parts.revocations
    this.#events = parts.events
    this.#clock = parts.clock
  }

  /**
   * @throws AppError `INVALID_CREDENTIAL`: what it is minted from has been revoked meanwhile; whoever
   *   verified that did so before
   */
  async insert(token: NewOpaqueToken, by: Actor): Promise<OpaqueToken> {
    const whole = {
      ...token,
      createdAt: this.#clock.now(),
      lastUsedAt: null,
      lastUsedAddress: null,
      revokedAt: null,
    }
    await this.#database.transaction(async (trx) => {
      await this.#checkParents(trx, token.mintedFrom)
      await trx.insertInto('opaque_tokens').values(toRow(whole)).execute()
      await this.#events.append(trx, [tokenEvent('token.minted', whole, by)])
    })
    return whole
  }

  /** Also when it has expired or was revoked: who verifies it must look. */
  async byHash(hash: string): Promise<OpaqueToken | null> {
    const row = await this.#database.kysely
      .selectFrom('opaque_tokens')
      .selectAll()
      .where('hash', '=', hash)
      .executeTakeFirst()
    return row ? toToken(row) : null
  }

  /** All of an account, newest first, those revoked or expired among them. */
  async list(accountId: string): Promise<readonly OpaqueToken[]> {
    const rows = await this.#database.kysely
      .selectFrom('opaque_tokens')
      .selectAll()
      .where('account_id', '=', accountId)
      .orderBy('created_at', 'desc')
      .orderBy('id', 'desc')
      .execute()
    return rows.map(toToken)
  }

  async byId(id: string): Promise<OpaqueToken | null> {
    const row = await this.#database.kysely
      .selectFrom('opaque_tokens')
      .selectAll()
      .where('id', '=', id)
      .executeTakeFirst()
    return row ? toToken(row) : null
  }

  /**
   * Revokes the token and all that was minted from it, at any depth.
   *
   * @param id of a row, or of a token without one that others were minted from
   * @param unlisted what is known of a token without a row
   * @returns ids of those in the table that were in force until now
   */
  async revoke(id: string, by: Actor, unlisted: UnlistedToken | null = null): Promise<readonly string[]> {
    return this.#database.transaction(async (trx) => {
      await this.#database.takeTurn(trx, turnOf(id))
      const now = this.#clock.now()
      const revoked = await revokeFamily(trx, id, now)
      const ends = [unlisted?.expiresAt ?? now, await endOfRefreshing(trx, id)]
      ends.push(...revoked.map((row) => row.expires_at ?? FOREVER))
      const [fresh] = await this.#revocations.revoke(
        trx,
        [id],
        Math.min(Math.max(...ends) + MAX_TOKEN_MS, FOREVER),
      )
      // Not announced one by one: whoever remembers one of them remembers what it was minted from.
      const events = revoked.map((row) => tokenEvent('token.revoked', toToken(row), by))
      if (unlisted && fresh) events.unshift(tokenEvent('token.revoked', { id, name: null, ...unlisted }, by))
      await this.#events.append(trx, events)
      return revoked.map((row) => row.id)
    })
  }

  /** A revocation comes before, and is seen, or after, and finds the new row. */
  async #checkParents(trx: Trx, ids: readonly string[]): Promise<void> {
    for (const id of ids.toSorted()) await this.#database.takeTurn(trx, turnOf(id))
    if (await this.#revocations.anyRevoked(ids, trx))
      throw new AppError('INVALID_CREDENTIAL', { details: { reason: 'revoked' } })
  }

  /** Notes the use of a token that `byHash` gave, at most once a minute. */
  async touch(token: Pick<OpaqueToken, 'id' | 'lastUsedAt'>, address: string): Promise<void> {
    const now = this.#clock.now()
    if (token.lastUsedAt !== null && token.lastUsedAt > now - TOUCH_EVERY_MS) return
    await this.#database.kysely
      .updateTable('opaque_tokens')
      .set({ last_used_at: now, last_used_address: address })
      .where('id', '=', token.id)
      .where((eb) => eb.or([eb('last_used_at', 'is', null), eb('last_used_at', '<=', now - TOUCH_EVERY_MS)]))
      .execute()
  }
}

function turnOf(tokenId: string): string {
  return `token:${tokenId}`
}

async function revokeFamily(trx: Trx, id: string, now: number): Promise<OpaqueTokenRow[]> {
  return trx
    .updateTable('opaque_tokens')
    .set({ revoked_at: now })
    .where('revoked_at', 'is', null)
    .where((eb) => eb.or([eb('id', '=', id), isMintedFrom('minted_from', id)]))
    .returningAll()
    .execute()
}

/** Whoever logged in with a token may have let himself be remembered for longer than it lives; `0`: nobody has. */
async function endOfRefreshing(trx: Trx, id: string): Promise<number> {
  const { end } = await trx
    .selectFrom('refresh_families')
    .select((eb) => eb.fn.max('ends_at').as('end'))
    .where(isMintedFrom('minted_from', id))
    .executeTakeFirstOrThrow()
  return Number(end ?? 0)
}

interface ToldToken {
  readonly id: string
  readonly kind: string
  readonly name: string | null
  readonly accountId: string | null
}

function tokenEvent(type: 'token.minted' | 'token.revoked', token: ToldToken, by: Actor): NewEvent {
  const { kind, name, accountId } = token
  return {
    type,
    repoId: null,
    orgId: null,
    projectId: null,
    ...by,
    targetId: token.id,
    data: { kind, name, accountId },
  }
}

function toRow(token: OpaqueToken): OpaqueTokenRow {
  return {
    id: token.id,
    hash: token.hash,
    kind: token.kind,
    account_id: token.accountId,
    name: token.name,
    grants: JSON.stringify(token.grants),
    acting_for: token.actingFor,
    parent_id: token.mintedFrom[0] ?? null,
    minted_from: JSON.stringify(token.mintedFrom),
    created_by: token.createdBy,
    created_at: token.createdAt,
    expires_at: token.expiresAt,
    last_used_at: token.lastUsedAt,
    last_used_address: token.lastUsedAddress,
    revoked_at: token.revokedAt,
  }
}

export function toToken(row: OpaqueTokenRow): OpaqueToken {
  return {
    id: row.id,
    hash: row.hash,
    kind: row.kind,
    accountId: row.account_id,
    name: row.name,
    grants: JSON.parse(row.grants),
    actingFor: row.acting_for,
    mintedFrom: JSON.parse(row.minted_from),
    createdBy: row.created_by,
    createdAt: row.created_at,
    expiresAt: row.expires_at,
    lastUsedAt: row.last_used_at,
    lastUsedAddress: row.last_used_address,
    revokedAt: row.revoked_at,
  }
}
