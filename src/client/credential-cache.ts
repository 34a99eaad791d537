/**
 * Short-lived tokens by audience and action: asked for once, shared by all who want the same, and
 * dropped well before they expire.
 */
import type { Clock, Credential, CredentialStore, Exchange, IssuedToken, KeptToken } from './credential.ts'
import { SharedCall } from './shared-call.ts'

/** Reserve before the end of a token's life: this, or half of a short life. */
const RESERVE_SECONDS = 60

export interface CredentialCacheOptions {
  readonly exchange: Exchange
  /** Absent: tokens end with the process. */
  readonly store?: CredentialStore
  readonly clock?: Clock
}

export class CredentialCache {
  readonly #exchange: Exchange
  readonly #store: CredentialStore | null
  readonly #clock: Clock
  readonly #kept = new Map<string, KeptToken>()
  readonly #calls = new Map<string, SharedCall<string>>()
  /** Deletions from the store that are under way; whoever asks next waits for them. */
  readonly #deletions = new Map<string, Promise<void>>()

  constructor({ exchange, store, clock = Date }: CredentialCacheOptions) {
    this.#exchange = exchange
    this.#store = store ?? null
    this.#clock = clock
  }

  /**
   * A token that is good for a while yet. Callers at the same time share one exchange; an error reaches
   * all of them and is not kept.
   *
   * @param signal ends the wait of this caller only
   * @throws the reason of `signal`; whatever the exchange throws
   */
  async token(audience: string, action: string, signal?: AbortSignal): Promise<string> {
    signal?.throwIfAborted()
    const key = keyOf(audience, action)
    const kept = this.#kept.get(key)
    if (kept && this.#isGood(kept)) return kept.token
    const running = this.#calls.get(key)
    const call = running && !running.isAbandoned ? running : this.#start(key, audience, action)
    return call.join(signal)
  }

  /**
   * Forgets a token. An exchange under way is finished for those who wait for it, and not kept.
   *
   * @param rejected the token that was refused, if known: a newer one stays
   */
  async invalidate(audience: string, action: string, rejected?: string): Promise<void> {
    const key = keyOf(audience, action)
    if (rejected === undefined) this.#calls.delete(key)
    if (rejected === undefined || this.#kept.get(key)?.token === rejected) this.#kept.delete(key)
    await this.#deleteFromStore(key, rejected)
  }

  /** The tokens of one audience and action, for whoever shall not choose them. */
  for(audience: string, action: string): Credential {
    return {
      token: (signal) => this.token(audience, action, signal),
      invalidate: (rejected) => this.invalidate(audience, action, rejected),
    }
  }

  #start(key: string, audience: string, action: string): SharedCall<string> {
    const call: SharedCall<string> = new SharedCall(async (signal) => {
      const isWanted = () => this.#calls.get(key) === call
      try {
        const fresh = await this.#obtain(key, () => this.#issue(audience, action, signal), isWanted, signal)
        if (isWanted()) this.#keep(key, fresh)
        return fresh.token
      } finally {
        if (isWanted()) this.#calls.delete(key)
      }
    })
    this.#calls.set(key, call)
    return call
  }

  async #issue(audience: string, action: string, signal: AbortSignal): Promise<KeptToken> {
    const asked = this.#clock.now() // its life may have begun then
    const issued = await this.#exchange(audience, action, signal)
    return { token: issued.token, until: asked + keepMs(issued) }
  }

  /** From the store, or else by an exchange that no other process makes at the same time. */
  async #obtain(
    key: string,
    issue: () => Promise<KeptToken>,
    isWanted: () => boolean,
    signal: AbortSignal,
  ): Promise<KeptToken> {
    const store = this.#store
    if (store === null) return issue()
    await this.#deletions.get(key)
    const stored = await store.get(key)
    if (stored && this.#isGood(stored)) return stored
    const underLock = async () => {
      const found = await store.get(key)
      if (found && this.#isGood(found)) return found
      const fresh = await issue()
      if (isWanted() && this.#isGood(fresh)) await store.put(key, fresh)
      return fresh
    }
    return store.exclusively(key, underLock, signal)
  }

  #keep(key: string, fresh: KeptToken): void {
    for (const [other, kept] of this.#kept) if (!this.#isGood(kept)) this.#kept.delete(other)
    if (this.#isGood(fresh)) this.#kept.set(key, fresh)
  }

  async #deleteFromStore(key: string, rejected: string | undefined): Promise<void> {
    if (this.#store === null) return
    const before = this.#deletions.get(key)
    const deletion = Promise.resolve(before).then(() => this.#store?.delete(key, rejected))
    this.#deletions.set(key, deletion)
    try {
      await deletion
    } finally {
      if (this.#deletions.get(key) === deletion) this.#deletions.delete(key)
    }
  }

  #isGood(kept: KeptToken): boolean {
    return kept.until > this.#clock.now()
  }
}

/** What has no life left, or none that is a number, is not kept. */
function keepMs({ expiresInSeconds }: IssuedToken): number {
  if (!(expiresInSeconds > 0)) return 0
  return (expiresInSeconds - Math.min(RESERVE_SECONDS, expiresInSeconds / 2)) * 1000
}

function keyOf(audience: string, action: string): string {
  return JSON.stringify([audience, action])
}
