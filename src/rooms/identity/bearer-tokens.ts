/**
 * Bearer tokens of every kind, each verified once and then remembered by its SHA-256 for as long as
 * its verifier allows. Only good answers are remembered, and never the token itself.
 */
import { hash } from 'node:crypto'
import { LRUCache } from 'lru-cache'
import type { Caller, Credential, Verifier } from '../../kernel/credential.ts'
import type { Clock } from '../../kernel/ports.ts'
import type { Principal } from '../../kernel/principal.ts'
import type { CredentialChanges } from './credential-changes.ts'
import { invalid, type TokenVerifier, type Verified } from './token-verifier.ts'

const MAX_TOKEN_BYTES = 8 * 1024
const MAX_REMEMBERED = 20_000

export class BearerTokens {
  readonly #verifiers: readonly TokenVerifier[]
  readonly #clock: Clock
  readonly #memo = new LRUCache<string, Verified>({ max: MAX_REMEMBERED })
  /** Of credentials that come as the same object again. */
  readonly #keys = new WeakMap<Credential, string>()
  readonly #changes: CredentialChanges
  /** Counts `forget`: an answer that was on its way meanwhile is used once and not remembered. */
  #forgotten = 0

  /**
   * @param verifiers asked in this order; each knows its tokens by their shape or issuer
   * @param changes what has happened to tokens and accounts, here and in other processes
   */
  constructor(verifiers: readonly TokenVerifier[], changes: CredentialChanges, clock: Clock) {
    this.#verifiers = verifiers
    this.#changes = changes
    this.#clock = clock
  }

  /** Whose the token is, where nobody need be asked; `null`: `verify` it. */
  remembered(credential: Credential): Principal | null {
    const key = this.#keys.get(credential)
    return key !== undefined && this.#changes.fresh ? this.#recall(key) : null
  }

  readonly verify: Verifier = async (credential, caller) => {
    const { kind, secret } = credential
    if (kind !== 'bearer') return null
    if (Buffer.byteLength(secret) > MAX_TOKEN_BYTES) throw invalid('too-large')
    const key = hash('sha256', secret, 'base64url')
    if (!this.#changes.fresh) await this.#changes.catchUp(this)
    this.#keys.set(credential, key)
    const known = this.#recall(key)
    if (known) return known
    const forgottenBefore = this.#forgotten
    const verified = await this.#ask(secret, caller)
    if (this.#forgotten === forgottenBefore && this.#clock.now() < verified.goodUntilMs)
      this.#memo.set(key, verified)
    return verified.principal
  }

  #recall(key: string): Principal | null {
    const known = this.#memo.get(key)
    return known && this.#clock.now() < known.goodUntilMs ? known.principal : null
  }

  /** @param ids of tokens and accounts about which something has changed; `null`: of any */
  forget(ids: readonly string[] | null): void {
    if (ids?.length === 0) return
    this.#forgotten++
    if (ids === null) return this.#memo.clear()
    const changed = new Set(ids)
    for (const [key, { hangsOn }] of this.#memo.entries())
      if (hangsOn.some((id) => changed.has(id))) this.#memo.delete(key)
  }

  async #ask(token: string, caller: Caller): Promise<Verified> {
    for (const verifier of this.#verifiers) {
      const verified = await verifier(token, caller)
      if (verified) return verified
    }
    throw invalid('unknown-token')
  }
}
