/**
 * What a credential allows, whichever way its token said it: scopes and authorization_details meet
 * in one type.
 *
 * @see RFC 9396 (authorization_details), RFC 6749 section 3.3 (scope)
 */

export type Role = 'owner' | 'writer' | 'reader'
/** `admin` is what only an owner may do. Each action includes those before it. */
export type Action = 'read' | 'write' | 'admin'
export type GrantAction = Action | 'create'

export type GrantTarget =
  | { readonly kind: 'all' }
  | { readonly kind: 'id'; readonly id: string }
  /** `<org>/<name>`: organisation slug or id, and repository slug. */
  | { readonly kind: 'path'; readonly path: string }
  /** A repository of the surface organisation, served under `/git/<name>`. */
  | { readonly kind: 'surface'; readonly name: string }

/** One line of a token's ref rules; the first whose pattern matches decides. */
export interface RefRule {
  readonly ref: string
  readonly deny: readonly ('push' | 'force' | 'delete')[]
}

export interface RepositoryGrant {
  readonly target: GrantTarget
  readonly actions: readonly GrantAction[]
  /** Patterns of full ref names that may be written; absent means all. */
  readonly refs?: readonly string[]
  readonly refRules?: readonly RefRule[]
  /** Globs of paths that a push may change; absent means all. */
  readonly paths?: readonly string[]
  readonly maxPackBytes?: number
  /** Life of a repository that is made with this grant, seconds; absent means until it is deleted. */
  readonly expiresRepoSeconds?: number
}

export interface Grants {
  /** Server administration: everything, everywhere. */
  readonly admin: boolean
  readonly repositories: readonly RepositoryGrant[]
  /** What the token allowed that this one was minted from: both must allow. */
  readonly within?: Grants
}

/** Grants of a credential that is not narrowed: all that its subject may do. */
export const UNRESTRICTED: Grants = {
  admin: false,
  repositories: [{ target: { kind: 'all' }, actions: ['admin', 'create'] }],
}

/** The same, and server administration. */
export const EVERYTHING: Grants = { ...UNRESTRICTED, admin: true }
