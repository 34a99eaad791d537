/** The accounts behind credentials, as this room needs them; the store keeps them. */

export interface Account {
  /** UUID. */
  readonly id: string
  readonly kind: 'user' | 'agent' | 'service' | 'nostr'
  readonly displayName: string
  readonly email: string | null
}

export interface AccountDirectory {
  /**
   * Account of a subject as its issuer names it, made of `fresh` at first sight. A subject that is a
   * UUID is the id of its account.
   */
  atFirstSight(
    identity: { readonly issuer: string; readonly subject: string },
    fresh: Omit<Account, 'id'>,
  ): Promise<Account>
  byId(accountId: string): Promise<Account | null>
}
