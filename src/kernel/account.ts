/** Whom the server knows: people, and the machines that belong to them. */

export type AccountKind = 'user' | 'agent' | 'service' | 'nostr'

export interface Account {
  /** UUID. */
  readonly id: string
  readonly kind: AccountKind
  readonly displayName: string
  readonly email: string | null
  /** Whom an agent or a service account belongs to: an account or an organisation; both `null` for people. */
  readonly ownerId: string | null
  readonly ownerOrgId: string | null
  /** Nothing of it is accepted from then on; milliseconds since 1970. */
  readonly disabledAt: number | null
  /** May do everything, everywhere, with a token that grants as much. */
  readonly administrator: boolean
}

export type NewAccount = Pick<Account, 'kind' | 'displayName' | 'email'> &
  Partial<Pick<Account, 'ownerId' | 'ownerOrgId' | 'administrator'>>

/** Accounts, as verifiers of credentials need them; the store keeps them. */
export interface AccountDirectory {
  /**
   * Account of a subject as its issuer names it, made of `fresh` at first sight. A subject that is a
   * UUID is the id of its account.
   */
  atFirstSight(
    identity: { readonly issuer: string; readonly subject: string },
    fresh: NewAccount,
  ): Promise<Account>
  byId(accountId: string): Promise<Account | null>
}

/**
 * In whose name a machine acts by itself: an agent of a person acts for that person, every other
 * account for itself.
 *
 * @see RFC 8693, section 4.1 (`act`)
 */
export function standsFor(account: Account): { readonly subjectId: string; readonly actorId: string | null } {
  return account.kind === 'agent' && account.ownerId !== null
    ? { subjectId: account.ownerId, actorId: account.id }
    : { subjectId: account.id, actorId: null }
}
