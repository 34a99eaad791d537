/** Rows of the keys that sign our own tokens. Encrypting and choosing them is done by who asks. */
import type { Database } from './database.ts'
import type { SigningKeyRow } from './schema.ts'

export interface SigningKey {
  readonly kid: string
  /** JWS algorithm, e.g. `ES256`. */
  readonly algorithm: string
  readonly publicJwk: Readonly<Record<string, unknown>>
  /** Encrypted before it comes here. */
  readonly privateEncrypted: string
  /** Milliseconds since 1970, as all times below. */
  readonly createdAt: number
  /** Signs nothing from then on; `null` while it may sign. */
  readonly retiredAt: number | null
  /** Verifies nothing from then on; `null` for no end. */
  readonly verifyUntil: number | null
}

export class SigningKeys {
  readonly #database: Database

  constructor(database: Database) {
    this.#database = database
  }

  async insert(key: SigningKey): Promise<void> {
    await this.#database.kysely.insertInto('signing_keys').values(toRow(key)).execute()
  }

  /** Those that still verify at `now`, newest first. */
  async verifying(now: number): Promise<readonly SigningKey[]> {
    const rows = await this.#database.kysely
      .selectFrom('signing_keys')
      .selectAll()
      .where((eb) => eb.or([eb('verify_until', 'is', null), eb('verify_until', '>', now)]))
      .orderBy('created_at', 'desc')
      .orderBy('kid')
      .execute()
    return rows.map(toKey)
  }

  /** A key that is retired already keeps its times. */
  async retire(kid: string, at: { retiredAt: number; verifyUntil: number }): Promise<void> {
    await this.#database.kysely
      .updateTable('signing_keys')
      .set({ retired_at: at.retiredAt, verify_until: at.verifyUntil })
      .where('kid', '=', kid)
      .where('retired_at', 'is', null)
      .execute()
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
