/** What a caller presented, before anybody has verified it. The secret never leaves a verifier. */
import type { Principal } from './principal.ts'

export type Credential =
  | { readonly kind: 'bearer'; readonly secret: string }
  /** Value of `X-Internal-Token`. */
  | { readonly kind: 'internal'; readonly secret: string }
  /** Base64 event of `Authorization: Nostr`. @see NIP-98 */
  | { readonly kind: 'nostr'; readonly secret: string }

/** Where a request came from, for "last used" and limits; and where it goes. */
export interface Caller {
  readonly address: string
  /** Path and query, for credentials that are good for one place alone. */
  readonly target?: string
}

/**
 * One way to verify a credential. `null`: not one of mine, ask the next.
 *
 * @throws AppError `INVALID_CREDENTIAL`: mine, but not valid
 */
export type Verifier = (credential: Credential, caller: Caller) => Promise<Principal | null>
