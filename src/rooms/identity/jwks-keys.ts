/**
 * The published keys of one issuer, kept fresh ahead of need. While the issuer is down, the keys it
 * published last go on serving; while it lies, the last good ones do.
 */
import { createLocalJWKSet, errors, type JSONWebKeySet, type JWTVerifyGetKey, type LocalJWKSet } from 'jose'
import { AppError } from '../../kernel/errors.ts'
import type { Clock } from '../../kernel/ports.ts'

/** Keys older than this serve once more, and are fetched again behind that. */
const REFRESH_AFTER_MS = 5 * 60_000
/** Between two fetches because of an unknown `kid`, or to refresh. Bounds what strangers can cause. */
const REFETCH_MS = 30_000
/** Between two fetches while there are no keys at all. */
const RETRY_MS = 1_000

export interface JwksKeysParts {
  readonly fetch: () => Promise<JSONWebKeySet>
  readonly clock: Clock
  /** Told of every fetch that failed; no caller is while older keys serve. */
  readonly onFetchError: (error: unknown) => void
}

export class JwksKeys {
  readonly #parts: JwksKeysParts
  #keys: LocalJWKSet | null = null
  #fetchedAt = -Infinity
  #triedAt = -Infinity
  #askedForUnknownAt = -Infinity
  #fetching: Promise<void> | null = null

  constructor(parts: JwksKeysParts) {
    this.#parts = parts
  }

  /**
   * Key for a token's header.
   *
   * @throws AppError `UNAVAILABLE` when the issuer has not yet given any keys
   * @throws JWKSNoMatchingKey, and jose's other errors about a set of keys
   */
  readonly resolve: JWTVerifyGetKey = async (header, token) => {
    const keys = await this.#current()
    try {
      return await keys(header, token)
    } catch (err) {
      if (!(err instanceof errors.JWKSNoMatchingKey)) throw err
      await this.#refetchForUnknownKey()
      return await (this.#keys ?? keys)(header, token)
    }
  }

  async #current(): Promise<LocalJWKSet> {
    if (this.#keys === null) await this.#fetchOnce(RETRY_MS)
    else if (this.#since(this.#fetchedAt) >= REFRESH_AFTER_MS) void this.#fetchOnce(REFETCH_MS)
    if (this.#keys === null) throw new AppError('UNAVAILABLE')
    return this.#keys
  }

  /** Whoever comes while a fetch is under way waits for that one. */
  async #refetchForUnknownKey(): Promise<void> {
    if (this.#fetching) return this.#fetching
    if (this.#since(this.#askedForUnknownAt) < REFETCH_MS) return
    this.#askedForUnknownAt = this.#parts.clock.now()
    await this.#fetchOnce(0)
  }

  /** Never rejects: joins a fetch under way, or starts one unless the last was too short ago. */
  async #fetchOnce(pauseMs: number): Promise<void> {
    if (this.#fetching === null && this.#since(this.#triedAt) < pauseMs) return
    this.#fetching ??= this.#fetch().finally(() => {
      this.#fetching = null
    })
    await this.#fetching
  }

  async #fetch(): Promise<void> {
    this.#triedAt = this.#parts.clock.now()
    try {
      this.#keys = createLocalJWKSet(await this.#parts.fetch())
      this.#fetchedAt = this.#parts.clock.now()
    } catch (err) {
      this.#parts.onFetchError(err)
    }
  }

  #since(timeMs: number): number {
    return this.#parts.clock.now() - timeMs
  }
}
