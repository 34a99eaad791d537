/**
 * Our own ES256 keys: the newest signs, retired ones go on verifying until the last token they can
 * have signed is gone. Rows are shared by every process on the same database.
 */
import type { CryptoKey, JSONWebKeySet, JWK } from 'jose'
import type { Clock } from '../../kernel/ports.ts'
import { CLOCK_SKEW_SECONDS } from './jwt.ts'
import type { Seal } from './seal.ts'
import {
  makeSigningKey,
  readPrivateKey,
  readSigningKey,
  type SigningKey,
  type SigningKeyRow,
} from './signing-key.ts'

/** No token of ours lives longer. */
export const MAX_TOKEN_SECONDS = 3600
/** How long another process may go on signing with a key before it sees that the key was retired. */
const REREAD_MS = 60_000
/** Between two readings because of an unknown `kid`. */
const REREAD_UNKNOWN_MS = 1_000
const RETIRED_VERIFIES_MS = (MAX_TOKEN_SECONDS + CLOCK_SKEW_SECONDS) * 1000 + 2 * REREAD_MS

export interface SigningKeyRows {
  list(): Promise<readonly SigningKeyRow[]>
  /** Adds a key, retires every other one as of its `createdAt`, drops those retired before `dropBefore`; at once. */
  rotate(row: SigningKeyRow, dropBefore: number): Promise<void>
}

/** Signs with the newest key. */
export interface CurrentKey {
  readonly kid: string
  readonly privateKey: CryptoKey
}

export class SigningKeys {
  readonly #rows: SigningKeyRows
  readonly #seal: Seal
  readonly #clock: Clock
  #byKid: ReadonlyMap<string, SigningKey> = new Map()
  #current: CurrentKey | null = null
  #readAt = -Infinity
  #reading: Promise<void> | null = null

  private constructor(rows: SigningKeyRows, seal: Seal, clock: Clock) {
    this.#rows = rows
    this.#seal = seal
    this.#clock = clock
  }

  /**
   * Reads the keys; makes the first one on a fresh database.
   *
   * @throws AppError `KEY_SECRET_UNUSABLE` when the current key was sealed with another secret
   */
  static async open(rows: SigningKeyRows, seal: Seal, clock: Clock): Promise<SigningKeys> {
    const keys = new SigningKeys(rows, seal, clock)
    await keys.#read()
    if (keys.#current === null) await keys.rotate()
    return keys
  }

  /** A new key signs from now on. Tokens signed before stay good. */
  async rotate(): Promise<void> {
    const now = this.#clock.now()
    await this.#rows.rotate(await makeSigningKey(this.#seal, now), now - RETIRED_VERIFIES_MS)
    await this.#read()
  }

  /** @throws Error when there is none, which `open` rules out */
  async current(): Promise<CurrentKey> {
    await this.#readIfOlderThan(REREAD_MS)
    if (this.#current === null) throw new Error('no signing key')
    return this.#current
  }

  /** `null`: we have signed nothing with such a key that could still be good. */
  async publicKey(kid: string): Promise<CryptoKey | null> {
    if (!this.#byKid.has(kid)) await this.#readIfOlderThan(REREAD_UNKNOWN_MS)
    const key = this.#byKid.get(kid)
    return key && this.#verifies(key) ? key.publicKey : null
  }

  /** What `/.well-known/jwks.json` shows: the keys that verify. */
  async jwks(): Promise<JSONWebKeySet> {
    await this.#readIfOlderThan(REREAD_MS)
    const keys: JWK[] = [...this.#byKid.values()]
      .filter((key) => this.#verifies(key))
      .map((key) => ({ ...key.publicJwk, kid: key.kid, alg: 'ES256', use: 'sig' }))
    return { keys }
  }

  #verifies({ retiredAt }: SigningKey): boolean {
    return retiredAt === null || this.#clock.now() < retiredAt + RETIRED_VERIFIES_MS
  }

  async #readIfOlderThan(ageMs: number): Promise<void> {
    if (this.#clock.now() - this.#readAt < ageMs) return
    this.#reading ??= this.#read().finally(() => {
      this.#reading = null
    })
    await this.#reading
  }

  async #read(): Promise<void> {
    const rows = await this.#rows.list()
    const known = this.#byKid
    const keys = await Promise.all(rows.map((row) => readSigningKey(row, known.get(row.kid))))
    const newest = newestOf(rows)
    if (newest !== null && newest.kid !== this.#current?.kid)
      this.#current = { kid: newest.kid, privateKey: await readPrivateKey(newest, this.#seal) }
    this.#byKid = new Map(keys.map((key) => [key.kid, key]))
    this.#readAt = this.#clock.now()
  }
}

/** By age, then by name: every process picks the same one. */
function newestOf(rows: readonly SigningKeyRow[]): SigningKeyRow | null {
  const active = rows.filter((row) => row.retiredAt === null)
  const [newest] = active.sort((a, b) => b.createdAt - a.createdAt || (a.kid < b.kid ? 1 : -1))
  return newest ?? null
}
