/**
 * Our own ES256 keys: the newest signs, retired ones go on verifying until the last token they can
 * have signed is gone. Rows are shared by every process on the same database.
 */
import type { CryptoKey, JSONWebKeySet, JWK } from 'jose'
import type { Clock } from '../../../kernel/ports.ts'
import { CLOCK_SKEW_SECONDS, MAX_TOKEN_SECONDS } from '../../../kernel/token-times.ts'
import type { Seal } from './seal.ts'
import {
  makeSigningKey,
  readPrivateKey,
  readSigningKey,
  type SigningKey,
  type SigningKeyRow,
} from './signing-key.ts'

/** How long another process may go on signing with a key before it sees that the key was retired. */
const REREAD_MS = 60_000
/** Between two readings because of an unknown `kid`. */
const REREAD_UNKNOWN_MS = 1_000
const RETIRED_VERIFIES_MS = (MAX_TOKEN_SECONDS + CLOCK_SKEW_SECONDS) * 1000 + 2 * REREAD_MS

export interface SigningKeyRows {
  /** Those that still verify at `now`, newest first. */
  verifying(now: number): Promise<readonly SigningKeyRow[]>
  insert(row: SigningKeyRow): Promise<void>
  /** A key that is retired already keeps its times. */
  retire(kid: string, at: { readonly retiredAt: number; readonly verifyUntil: number }): Promise<void>
}

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

  /**
   * A new key signs from now on; tokens signed before stay good. Two rotations at once, by whatever
   * processes, leave at least the newer of both keys: each retires only what is older than its own.
   */
  async rotate(): Promise<void> {
    const [newest] = await this.#rows.verifying(this.#clock.now())
    const createdAt = Math.max(this.#clock.now(), (newest?.createdAt ?? 0) + 1)
    const fresh = await makeSigningKey(this.#seal, createdAt)
    await this.#rows.insert(fresh)
    const rows = await this.#rows.verifying(this.#clock.now())
    const older = rows.slice(rows.findIndex((row) => row.kid === fresh.kid) + 1)
    const at = { retiredAt: createdAt, verifyUntil: createdAt + RETIRED_VERIFIES_MS }
    for (const { kid } of older) await this.#rows.retire(kid, at)
    await this.#read()
  }

  /** The key to sign with. */
  async current(): Promise<CurrentKey> {
    await this.#readIfOlderThan(REREAD_MS)
    if (this.#current === null) throw new Error('no signing key')
    return this.#current
  }

  /** `null`: we have signed nothing with such a key that could still be good. */
  async publicKey(kid: string): Promise<CryptoKey | null> {
    await this.#readIfOlderThan(this.#byKid.has(kid) ? REREAD_MS : REREAD_UNKNOWN_MS)
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

  #verifies({ verifyUntil }: SigningKey): boolean {
    return verifyUntil === null || this.#clock.now() < verifyUntil
  }

  async #readIfOlderThan(ageMs: number): Promise<void> {
    if (this.#clock.now() - this.#readAt < ageMs) return
    this.#reading ??= this.#read().finally(() => {
      this.#reading = null
    })
    await this.#reading
  }

  async #read(): Promise<void> {
    const startedAt = this.#clock.now()
    const rows = await this.#rows.verifying(startedAt)
    const known = this.#byKid
    const keys = await Promise.all(rows.map((row) => readSigningKey(row, known.get(row.kid))))
    const signing = rows.find((row) => row.retiredAt === null)
    if (signing && signing.kid !== this.#current?.kid)
      this.#current = { kid: signing.kid, privateKey: await readPrivateKey(signing, this.#seal) }
    this.#byKid = new Map(keys.map((key) => [key.kid, key]))
    this.#readAt = startedAt
  }
}
