/**
 * Our own ES256 keys: the newest signs, retired ones go on verifying until the last token they can
 * have signed is gone. Rows are shared by every process on the same database.
 */
import { LRUCache } from 'lru-cache'
import type { CryptoKey, JSONWebKeySet, JWK } from 'jose'
import type { Clock } from '../../../kernel/ports.ts'
import { CLOCK_SKEW_SECONDS, MAX_TOKEN_SECONDS } from '../../../kernel/token-times.ts'
import type { Actor } from '../../../store/log/events.ts'
import type { Seal } from '../../../store/secrets/seal.ts'
import {
  makeSigningKey,
  readPrivateKey,
  readSigningKey,
  type FreshKey,
  type SigningKey,
  type SigningKeyRow,
} from './signing-key.ts'

/** How long another process may go on signing with a key before it sees that the key was retired. */
const REREAD_MS = 60_000
/** How long a `kid` that no row has is believed to be made up; nobody can guess one that will be made. */
const UNKNOWN_MS = 10_000
const MAX_UNKNOWN = 10_000
/** A thumbprint. @see RFC 7638 */
const KID = /^[\w-]{43}$/
/** The last token it can have signed, and as much again as other processes take to notice. */
const RETIRED_VERIFIES_MS = (MAX_TOKEN_SECONDS + CLOCK_SKEW_SECONDS) * 1000 + 2 * REREAD_MS

export interface SigningKeyRows {
  /** Those that still verify, newest first. */
  verifying(): Promise<readonly SigningKeyRow[]>
  /** Does nothing where a key signs already. */
  insertFirst(key: FreshKey): Promise<void>
  /** Retires every other key, which verifies for `verifyMs` more. */
  rotate(key: FreshKey, verifyMs: number, by: Actor): Promise<SigningKeyRow>
}

export interface CurrentKey {
  readonly kid: string
  readonly privateKey: CryptoKey
}

/** What may be told of a key. Times are milliseconds since 1970. */
export type KnownKey = Pick<SigningKeyRow, 'kid' | 'algorithm' | 'createdAt' | 'retiredAt' | 'verifyUntil'>

export class SigningKeys {
  readonly #rows: SigningKeyRows
  readonly #seal: Seal
  readonly #clock: Clock
  readonly #unknown = new LRUCache<string, number>({ max: MAX_UNKNOWN })
  #byKid: ReadonlyMap<string, SigningKey> = new Map()
  #current: CurrentKey | null = null
  #readAt = -Infinity
  #reading: Promise<void> | null = null
  #nextReading: Promise<void> | null = null

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
    await keys.#startReading()
    if (keys.#current === null) {
      await rows.insertFirst(await makeSigningKey(seal))
      await keys.#readAfresh()
    }
    return keys
  }

  /** A new key signs from now on, in other processes within a minute; tokens signed before stay good. */
  async rotate(by: Actor): Promise<KnownKey> {
    const fresh = await makeSigningKey(this.#seal)
    const made = await this.#rows.rotate(fresh, RETIRED_VERIFIES_MS, by)
    await this.#readAfresh()
    return known(made)
  }

  /** Those that verify, newest first. */
  async list(): Promise<readonly KnownKey[]> {
    return (await this.#rows.verifying()).map(known)
  }

  /** The key to sign with. */
  async current(): Promise<CurrentKey> {
    await this.#readIfOld()
    if (this.#current === null) throw new Error('no signing key')
    return this.#current
  }

  /** `null`: we have signed nothing with such a key that could still be good. */
  async publicKey(kid: string): Promise<CryptoKey | null> {
    if (this.#byKid.has(kid)) await this.#readIfOld()
    else await this.#look(kid)
    const key = this.#byKid.get(kid)
    return key && this.#verifies(key) ? key.publicKey : null
  }

  /** What `/.well-known/jwks.json` shows: the keys that verify. */
  async jwks(): Promise<JSONWebKeySet> {
    await this.#readIfOld()
    const keys: JWK[] = [...this.#byKid.values()]
      .filter((key) => this.#verifies(key))
      .map((key) => ({ ...key.publicJwk, kid: key.kid, alg: 'ES256', use: 'sig' }))
    return { keys }
  }

  #verifies({ verifyUntil }: SigningKey): boolean {
    return verifyUntil === null || this.#clock.now() < verifyUntil
  }

  /** Another process may have made the key a moment ago. */
  async #look(kid: string): Promise<void> {
    const askedAt = this.#unknown.get(kid) ?? -Infinity
    if (!KID.test(kid) || this.#clock.now() - askedAt < UNKNOWN_MS) return
    await this.#readAfresh()
    if (!this.#byKid.has(kid)) this.#unknown.set(kid, this.#clock.now())
  }

  async #readIfOld(): Promise<void> {
    if (this.#clock.now() - this.#readAt >= REREAD_MS) await this.#startReading()
  }

  /** A reading that begins after this call; one that is under way may have missed what the caller looks for. */
  #readAfresh(): Promise<void> {
    this.#nextReading ??= (this.#reading ?? Promise.resolve())
      .catch(() => {}) // whoever asked for that one is told
      .then(() => {
        this.#nextReading = null
        return this.#startReading()
      })
    return this.#nextReading
  }

  #startReading(): Promise<void> {
    this.#reading ??= this.#read().finally(() => {
      this.#reading = null
    })
    return this.#reading
  }

  async #read(): Promise<void> {
    const startedAt = this.#clock.now()
    const rows = await this.#rows.verifying()
    const before = this.#byKid
    const keys = await Promise.all(rows.map((row) => readSigningKey(row, before.get(row.kid))))
    const signing = rows.find((row) => row.retiredAt === null)
    if (signing && signing.kid !== this.#current?.kid)
      this.#current = { kid: signing.kid, privateKey: await readPrivateKey(signing, this.#seal) }
    this.#byKid = new Map(keys.map((key) => [key.kid, key]))
    this.#readAt = startedAt
  }
}

function known({ kid, algorithm, createdAt, retiredAt, verifyUntil }: SigningKeyRow): KnownKey {
  return { kid, algorithm, createdAt, retiredAt, verifyUntil }
}
