/**
 * Families of refresh tokens: each use of a token makes the next generation, and whoever comes with one
 * that was replaced long ago ends the whole family. The tokens are never here, only their SHA-256.
 *
 * @see RFC 9700, section 4.14.2 (refresh token rotation)
 */
import type { NewEvent } from '../kernel/events.ts'
import type { Grants } from '../kernel/grants.ts'
import type { Clock } from '../kernel/ports.ts'
import { CLOCK_SKEW_SECONDS, MAX_TOKEN_SECONDS } from '../kernel/token-times.ts'
import type { Database, Trx } from './database.ts'
import type { Actor, EventLog } from './log/events.ts'
import type { Revocations } from './revocations.ts'
import type { RefreshFamilyRow, RefreshTokenRow } from './schema.ts'

/** Times are milliseconds since 1970. */
export interface RefreshFamily {
  readonly id: string
  readonly subjectId: string
  readonly actorId: string | null
  /** Only this client may use its tokens; `null`: whoever has them. */
  readonly clientId: string | null
  readonly grants: Grants
  /** Ids of the tokens that it was minted from, nearest first. */
  readonly mintedFrom: readonly string[]
  /** No token of it lives longer, however often it is used. */
  readonly endsAt: number
}

export type NewRefreshFamily = Omit<RefreshFamily, 'endsAt'>

/** What a refresh token is good for, when it comes. */
export interface PresentedRefreshToken {
  readonly family: RefreshFamily
  /** It was replaced too long ago: somebody else has it. */
  readonly reused: boolean
}

const DAY_MS = 24 * 3600_000
const IDLE_MS = 30 * DAY_MS
const WHOLE_LIFE_MS = 90 * DAY_MS
/** A client that did not get the answer to its last use may come again for this long. */
const LOST_ANSWER_MS = 30_000
const LONGEST_TOKEN_MS = (MAX_TOKEN_SECONDS + CLOCK_SKEW_SECONDS) * 1000
const NOBODY: Actor = { actorId: null, agentId: null }

type Known = RefreshFamilyRow & { readonly used: Pick<RefreshTokenRow, 'generation' | 'created_at'> }

export class RefreshTokens {
  readonly #database: Database
  readonly #events: EventLog
  readonly #revocations: Revocations
  readonly #clock: Clock

  constructor(parts: { database: Database; events: EventLog; revocations: Revocations; clock: Clock }) {
    this.#database = parts.database
    this.#events = parts.events
    this.#revocations = parts.revocations
    this.#clock = parts.clock
  }

  /** @param hash SHA-256 of its first token, hex */
  async start(family: NewRefreshFamily, hash: string, by: Actor): Promise<RefreshFamily> {
    const now = this.#clock.now()
    const row = toRow(family, now)
    await this.#database.transaction(async (trx) => {
      await trx.insertInto('refresh_families').values(row).execute()
      await insertToken(trx, { hash, family_id: row.id, generation: row.generation, created_at: now })
      await this.#events.append(trx, [familyEvent('token.minted', row, by)])
    })
    return toFamily(row)
  }

  /** `null`: no such token, or its family has ended. Whether it was revoked is known to `Revocations`. */
  async present(hash: string): Promise<PresentedRefreshToken | null> {
    const known = await find(this.#database.kysely, hash)
    const now = this.#clock.now()
    if (known === null || hasEnded(known, now)) return null
    return { family: toFamily(known), reused: isReused(known, now) }
  }

  /**
   * Replaces a token by its successor, or ends its family when the token was used before.
   *
   * @param successor SHA-256 of the new token, hex
   * @returns whether the successor is good from now on
   */
  async rotate(hash: string, successor: string): Promise<boolean> {
    return this.#database.transaction(async (trx) => {
      const first = await find(trx, hash)
      if (first === null) return false
      await this.#database.takeTurn(trx, `refresh family ${first.id}`)
      const known = (await find(trx, hash)) ?? first
      const now = this.#clock.now()
      if (hasEnded(known, now)) return false
      if (isReused(known, now)) {
        await this.#end(trx, known, NOBODY, 'a refresh token was used again')
        return false
      }
      await advance(trx, known, successor, now)
      return true
    })
  }

  /** Ends a family and all that was minted from it. `false`: there is none, or it has ended already. */
  async revoke(familyId: string, by: Actor): Promise<boolean> {
    return this.#database.transaction(async (trx) => {
      const row = await trx
        .selectFrom('refresh_families')
        .selectAll()
        .where('id', '=', familyId)
        .executeTakeFirst()
      return row !== undefined && this.#end(trx, row, by, 'revoked')
    })
  }

  /** Forgets families that have ended, and tokens too old to be used even if they had not been. */
  async removeExpired(): Promise<void> {
    const now = this.#clock.now()
    const { kysely } = this.#database
    await kysely.deleteFrom('refresh_families').where('expires_at', '<=', now).execute()
    await kysely
      .deleteFrom('refresh_tokens')
      .where('created_at', '<=', now - IDLE_MS)
      .execute()
  }

  async #end(trx: Trx, row: RefreshFamilyRow, by: Actor, reason: string): Promise<boolean> {
    const now = this.#clock.now()
    const { numUpdatedRows } = await trx
      .updateTable('refresh_families')
      .set({ expires_at: now })
      .where('id', '=', row.id)
      .where('expires_at', '>', now)
      .executeTakeFirst()
    if (numUpdatedRows === 0n) return false
    await this.#revocations.revoke(trx, [row.id], row.ends_at + LONGEST_TOKEN_MS)
    await this.#events.append(trx, [familyEvent('token.revoked', row, by, { reason })])
    return true
  }
}

async function find(on: Database['kysely'], hash: string): Promise<Known | null> {
  const used = await on.selectFrom('refresh_tokens').selectAll().where('hash', '=', hash).executeTakeFirst()
  if (!used) return null
  const family = await on
    .selectFrom('refresh_families')
    .selectAll()
    .where('id', '=', used.family_id)
    .executeTakeFirst()
  return family ? { ...family, used } : null
}

/** The next generation; a use that is repeated after a lost answer adds a second token to the newest one. */
async function advance(trx: Trx, known: Known, hash: string, now: number): Promise<void> {
  const isCurrent = known.used.generation === known.generation
  const generation = isCurrent ? known.generation + 1 : known.generation
  await insertToken(trx, { hash, family_id: known.id, generation, created_at: now })
  await trx
    .updateTable('refresh_families')
    .set({
      generation,
      rotated_at: isCurrent ? now : known.rotated_at,
      expires_at: Math.min(now + IDLE_MS, known.ends_at),
    })
    .where('id', '=', known.id)
    .execute()
}

async function insertToken(trx: Trx, row: RefreshTokenRow): Promise<void> {
  await trx.insertInto('refresh_tokens').values(row).execute()
}

function hasEnded({ expires_at }: RefreshFamilyRow, now: number): boolean {
  return expires_at <= now
}

/**
 * Good are those of the newest generation, and those of the one before for as long as an answer may
 * have been lost. So two clients that go on from the same token find each other out.
 */
function isReused({ generation, rotated_at, used }: Known, now: number): boolean {
  if (used.generation === generation) return false
  return used.generation < generation - 1 || now - rotated_at > LOST_ANSWER_MS
}

function familyEvent(
  type: 'token.minted' | 'token.revoked',
  { id, subject_id, actor_id }: RefreshFamilyRow,
  by: Actor,
  more: object = {},
): NewEvent {
  return {
    type,
    repoId: null,
    orgId: null,
    projectId: null,
    ...by,
    targetId: id,
    data: { kind: 'refresh', name: null, accountId: actor_id ?? subject_id, ...more },
  }
}

function toRow(family: NewRefreshFamily, now: number): RefreshFamilyRow {
  return {
    id: family.id,
    subject_id: family.subjectId,
    actor_id: family.actorId,
    client_id: family.clientId,
    grants: JSON.stringify(family.grants),
    minted_from: JSON.stringify(family.mintedFrom),
    generation: 1,
    rotated_at: now,
    created_at: now,
    ends_at: now + WHOLE_LIFE_MS,
    expires_at: now + IDLE_MS,
  }
}

function toFamily(row: RefreshFamilyRow): RefreshFamily {
  return {
    id: row.id,
    subjectId: row.subject_id,
    actorId: row.actor_id,
    clientId: row.client_id,
    grants: JSON.parse(row.grants),
    mintedFrom: JSON.parse(row.minted_from),
    endsAt: row.ends_at,
  }
}
