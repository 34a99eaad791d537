/** Who is asking. Made by a credential verifier, read by everyone else. */
import { EVERYTHING, type Grants } from './grants.ts'

export type PrincipalKind = 'anonymous' | 'user' | 'agent' | 'service' | 'nostr' | 'internal'

export interface Principal {
  readonly kind: PrincipalKind
  /** UUID of the account; `null` for anonymous and internal callers. */
  readonly accountId: string | null
  readonly displayName: string
  readonly email: string | null
  /** Account on whose behalf an agent acts. @see RFC 8693, section 4.1 (`act`) */
  readonly actingFor?: string
  /** What the credential allows; never more than the subject may do. */
  readonly grants: Grants
  /** The subject may do everything, everywhere, now; its credential may grant less. */
  readonly administrator?: boolean
  /** Nostr key that the caller has proven to hold, hex. @see NIP-98 */
  readonly pubkey?: string
  /** Its key may use what signed events decide about: any key, or in a private service a member's. */
  readonly welcome?: true
  /** Absent for callers without a token. */
  readonly token?: PresentedToken
}

/** The token that was presented, for whoever shows it, revokes it or mints another one from it. */
export interface PresentedToken {
  /** `jti` of a signed token of ours, id of an opaque one's row, or a digest of another issuer's. */
  readonly id: string
  /**
   * `login`: somebody's own, from an issuer that vouches for people, and not narrowed. Only it can
   * become something that lives longer.
   */
  readonly kind: 'login' | 'foreign' | 'signed' | 'opaque'
  /** Ids of the tokens that it was minted from, nearest first. Revoking any of them ends it. */
  readonly mintedFrom: readonly string[]
  /** Milliseconds since 1970; `null` for no end. */
  readonly expiresAt: number | null
  readonly issuedAt: number | null
  readonly issuer: string | null
  readonly audience: readonly string[]
  readonly clientId: string | null
}

export const ANONYMOUS: Principal = {
  kind: 'anonymous',
  accountId: null,
  displayName: 'anonymous',
  email: null,
  grants: { admin: false, repositories: [] },
}

export const INTERNAL: Principal = {
  kind: 'internal',
  accountId: null,
  displayName: 'internal',
  email: null,
  grants: EVERYTHING,
}

/** The upstream of a repository, whose refs are taken over as they are. */
export const UPSTREAM: Principal = { ...INTERNAL, displayName: 'upstream' }

/** Whoever signed the state of a repository, which is taken over as it is. @see NIP-34, kind 30618 */
export const SIGNED_STATE: Principal = { ...INTERNAL, displayName: 'signed state' }

/** One name per party for limits and logs; never a secret. */
export function principalKey({ kind, accountId, pubkey }: Principal): string {
  const id = accountId ?? pubkey
  return id === undefined ? kind : `${kind}:${id}`
}

/** Account whose standing counts: the one an agent acts for, else its own. */
export function subjectOf(principal: Principal): string | null {
  return principal.actingFor ?? principal.accountId
}
