/** The accounts behind credentials, as this room needs them; the store keeps them. */

export interface Account {
  /** UUID. */
  readonly id: string
  readonly kind: 'user' | 'agent' | 'service' | 'nostr'
  readonly displayName: string
  readonly email: string | null
}

/** What a token says of its subject besides who it is. */
export interface Profile {
  readonly displayName: string
  readonly email: string | null
}

export interface AccountDirectory {
  /** Account of a subject as this issuer names it; made at first sight. */
  accountFor(issuer: string, subject: string, profile: Profile): Promise<Account>
  /** `null`: there is none, or it may not sign in any more. */
  find(accountId: string): Promise<Account | null>
}
