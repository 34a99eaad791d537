/** Rows of the keys that sign our own tokens. Making, encrypting and choosing them is done by who asks. */
import type { NewEvent } from '../kernel/events.ts'
import type { Clock } from '../kernel/ports.ts'
import type { Database, Trx } from './database.ts'
import type { Actor, EventLog } from './log/events.ts'
import type { SigningKeyRow } from './schema.ts'

export interface SigningKey {
  readonly kid: string
  /** JWS algorithm, e.g. `ES256`. */
  readonly algorithm: string
  readonly publicJwk: Readonly<Record<string, unknown>>
  /** Encrypted before it comes here; empty once the key is retired. */
  readonly privateEncrypted: string
  /** Milliseconds since 1970, as all times below. */
  readonly createdAt: number
  /** Signs nothing from then on; `null` while it may sign. */
  readonly retiredAt: number | null
  /** Verifies nothing from then on; `null` for no end. */
  readonly verifyUntil: number | null
}

/** A key that no row has been made of yet. */
export type FreshKey = Omit<SigningKey, 'createdAt' | 'retiredAt' | 'verifyUntil'>

export class SigningKeys {
  readonly #database: Database
  readonly #events: EventLog
  readonly #clock: Clock

  constructor(parts: { database: Database; events: EventLog; clock: Clock }) {
    this.#database = parts.database
    this.#events = parts.events
    this.#clock = parts.clock
  }

  /** The first key of a database; does nothing where one signs already. */
  async insertFirst(key: FreshKey): Promise<void> {
    await this.#inTurn(async (trx, now) => {
      const [newest] = await listVerifying(trx, now)
      if (newest?.retiredAt === null) return
      const made = await insert(trx, key, createdAfter(newest, now))
      await this.#events.append(trx, [keyEvent('key.created', made, NOBODY)])
    })
  }

  /**
   * The key signs from now on, and every other one has been retired when this returns: rotations at
   * once, of whatever processes, take turns, and the last one stands.
   *
   * @param verifyMs how much longer those that are retired now go on verifying
   */
  async rotate(key: FreshKey, verifyMs: number, by: Actor): Promise<SigningKey> {
    return this.#inTurn(async (trx, now) => {
      const [newest] = await listVerifying(trx, now)
      const createdAt = createdAfter(newest, now)
      await retireAll(trx, { retiredAt: createdAt, verifyUntil: createdAt + verifyMs })
      const made = await insert(trx, key, createdAt)
      await this.#events.append(trx, [keyEvent('key.rotated', made, by)])
      return made
    })
  }

  /** Those that still verify, newest first. */
  async verifying(): Promise<readonly SigningKey[]> {
    return listVerifying(this.#database.kysely, this.#clock.now())
  }

  /** Removes those that verify nothing any more. */
  async removeExpired(): Promise<void> {
    const { kysely } = this.#database
    await kysely.deleteFrom('signing_keys').where('verify_until', '<=', this.#clock.now()).execute()
  }

  async #inTurn<T>(work: (trx: Trx, now: number) => Promise<T>): Promise<T> {
    return this.#database.transaction(async (trx) => {
      await this.#database.takeTurn(trx, 'signing keys')
      return work(trx, this.#clock.now())
    })
  }
}

async function listVerifying(kysely: Database['kysely'], now: number): Promise<SigningKey[]> {
  const rows = await kysely
    .selectFrom('signing_keys')
    .selectAll()
    .where((eb) => eb.or([eb('verify_until', 'is', null), eb('verify_until', '>', now)]))
    .orderBy('created_at', 'desc')
    .orderBy('kid')
    .execute()
  return rows.map(toKey)
}

/** The newest is who signs, also when the clock of this machine is behind. */
function createdAfter(newest: SigningKey | undefined, now: number): number {
  return Math.max(now, (newest?.createdAt ?? 0) + 1)
}

async function insert(trx: Trx, fresh: FreshKey, createdAt: number): Promise<SigningKey> {
  const key = { ...fresh, createdAt, retiredAt: null, verifyUntil: null }
  await trx.insertInto('signing_keys').values(toRow(key)).execute()
  return key
}

/** Who has a retired key in memory may sign with it for a moment more; nobody needs to read it again. */
async function retireAll(trx: Trx, at: { retiredAt: number; verifyUntil: number }): Promise<void> {
  await trx
    .updateTable('signing_keys')
    .set({ retired_at: at.retiredAt, verify_until: at.verifyUntil, private_encrypted: '' })
    .where('retired_at', 'is', null)
    .execute()
}

/** The first key is made by the start of a server. */
const NOBODY: Actor = { actorId: null, agentId: null }

function keyEvent(type: 'key.created' | 'key.rotated', { kid }: SigningKey, by: Actor): NewEvent {
  return {
    type,
    repoId: null,
    orgId: null,
    projectId: null,
    ...by,
    targetId: kid,
    data: { kid },
  }
}

function toRow(key: SigningKey): SigningKeyRow {
  return {
    kid: key.kid,
    algorithm: key.algorithm,
    public_jwk: JSON.stringify(key.publicJwk),
    private_encrypted: key.privateEncrypted,
    created_at: key.createdAt,
    retired_at: key.retiredAt,
    verify_until: key.verifyUntil,
  }
}

function toKey(row: SigningKeyRow): SigningKey {
  return {
    kid: row.kid,
    algorithm: row.algorithm,
    publicJwk: JSON.parse(row.public_jwk),
    privateEncrypted: row.private_encrypted,
    createdAt: row.created_at,
    retiredAt: row.retired_at,
    verifyUntil: row.verify_until,
  }
}
