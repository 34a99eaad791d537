/**
 * Bearer tokens of every kind, each verified once and then remembered by its SHA-256 for as long as
 * its verifier allows. Only good answers are remembered, and never the token itself.
 */
import { hash } from 'node:crypto'
import { LRUCache } from 'lru-cache'
import type { Caller, Verifier } from '../../kernel/credential.ts'
import type { Clock } from '../../kernel/ports.ts'
import { invalid, type TokenVerifier, type Verified } from './token-verifier.ts'

const MAX_TOKEN_BYTES = 8 * 1024
const MAX_REMEMBERED = 20_000

export class BearerTokens {
  readonly #verifiers: readonly TokenVerifier[]
  readonly #clock: Clock
  readonly #memo = new LRUCache<string, Verified>({ max: MAX_REMEMBERED })
  /** Counts `forget`: an answer that was on its way meanwhile is used once and not remembered. */
  #forgotten = 0

  /** @param verifiers asked in this order; each knows its tokens by their shape or issuer */
  constructor(verifiers: readonly TokenVerifier[], clock: Clock) {
    this.#verifiers = verifiers
    this.#clock = clock
  }

  readonly verify: Verifier = async ({ kind, secret }, caller) => {
    if (kind !== 'bearer') return null
    if (Buffer.byteLength(secret) > MAX_TOKEN_BYTES) throw invalid('too-large')
    const key = hash('sha256', secret, 'base64url')
    const known = this.#memo.get(key)
    if (known && this.#clock.now() < known.goodUntilMs) return known.principal
    const forgottenBefore = this.#forgotten
    const verified = await this.#ask(secret, caller)
    if (this.#forgotten === forgottenBefore && this.#clock.now() < verified.goodUntilMs)
      this.#memo.set(key, verified)
    return verified.principal
  }

  /**
   * Call when a token was revoked, here or (told by notification) elsewhere: the next request with it,
   * or with one minted from it, asks again.
   */
  forget(tokenId: string): void {
    this.#forgotten++
    for (const [key, { lineage }] of this.#memo.entries())
      if (lineage.includes(tokenId)) this.#memo.delete(key)
  }

  async #ask(token: string, caller: Caller): Promise<Verified> {
    for (const verifier of this.#verifiers) {
      const verified = await verifier(token, caller)
      if (verified) return verified
    }
    throw invalid('unknown-token')
  }
}
