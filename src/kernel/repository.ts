/** A repository as every room sees it: its row, and where its git data lies. */
import type { ObjectFormat, RepoId } from './ids.ts'

/** A bare repository on disk. */
export interface RepoHandle {
  readonly id: RepoId
  /** Absolute path of the git directory; made from the id alone. */
  readonly path: string
  readonly objectFormat: ObjectFormat
}

export type Visibility = 'public' | 'private'
/** What becomes of a push to a branch whose rules ask for a pull request. */
export const PROTECTED_PUSHES = ['refuse', 'open-pull-request'] as const
export type ProtectedPush = (typeof PROTECTED_PUSHES)[number]
export type RepositoryKind = 'hosted' | 'gate' | 'grasp'

export interface Repository extends RepoHandle {
  readonly ownerId: string
  readonly orgId: string
  readonly orgSlug: string
  readonly projectId: string | null
  readonly name: string
  readonly slug: string
  readonly description: string | null
  readonly visibility: Visibility
  /** Short branch name. */
  readonly defaultBranch: string
  readonly archived: boolean
  readonly protectedPush: ProtectedPush
  readonly kind: RepositoryKind
  readonly sizeBytes: number
  /** Milliseconds since 1970, as all times below. */
  readonly pushedAt: number | null
  readonly createdAt: number
  readonly updatedAt: number
  readonly expiresAt: number | null
  /**
   * `provisional`: made for a push that has not been accepted yet; no reader sees it.
   * `deleted`: inside its restore window.
   */
  readonly state: 'active' | 'provisional' | 'deleted'
}

/** How a client names a repository. Resolved to a row before anything else happens. */
export type RepositoryAddress =
  /** `org`: slug or UUID of the organisation. */
  | { readonly kind: 'path'; readonly org: string; readonly slug: string }
  | { readonly kind: 'id'; readonly id: string }
  /** Slug in the instance's surface organisation. */
  | { readonly kind: 'surface'; readonly name: string }
  /** As a signed event announces it, or as one that pull requests are contributed to. @see GRASP-01, GRASP-06 */
  | {
      readonly kind: 'nostr'
      /** Public key of its owner, hex. */
      readonly owner: string
      readonly identifier: string
      readonly form: 'announced' | 'contributed'
    }
