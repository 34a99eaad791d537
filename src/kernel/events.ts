/** What is told to others when something has changed. One event a fact, written once. */
import type { Oid, RefName, RepoId } from './ids.ts'

/** Which road the update came by. */
export type Via = 'git' | 'api' | 'merge' | 'upstream' | 'nostr'

export interface CommitSummary {
  readonly sha: Oid
  readonly message: string
  readonly author: { readonly name: string; readonly email: string }
}

/** A pull request that a push has opened or brought on, because it may not go where it was to go. */
export interface PushedPull {
  /** UUID and number, taken before the ref moved. */
  readonly id: string
  readonly number: number
  /** Short name of the branch that the push was for, and what that was then. */
  readonly targetBranch: string
  readonly targetSha: Oid
  /** Absent: stays as it is. A new one has it. */
  readonly title?: string
  readonly description?: string
}

/** One ref that really moved. */
export interface MovedRef {
  readonly ref: RefName
  readonly oldOid: Oid
  readonly newOid: Oid
  /** `force`: the old value is no ancestor of the new one. */
  readonly kind: 'create' | 'update' | 'force' | 'delete'
  /** Commits of exactly `old..new`, newest first, at most 20, fewer if they are long; `total` counts all. */
  readonly commits: readonly CommitSummary[]
  readonly total: number
  /** Set where the pusher had named another ref. */
  readonly redirected?: { readonly from: RefName; readonly pullRequest: PushedPull }
}

/** `data` of an event of type `push`. */
export interface PushData {
  readonly pushId: string
  readonly via: Via
  readonly refs: readonly MovedRef[]
  readonly pushOptions: readonly string[]
  /** Set when HEAD followed the first branch: its short name. */
  readonly headMovedTo?: string
  /** Written by the recovery of a start after a crash. */
  readonly recovered?: true
}

export interface NewEvent<Data = unknown> {
  /** `push`, `repo.created`, `token.revoked`, … */
  readonly type: string
  readonly repoId: RepoId | null
  readonly orgId: string | null
  readonly projectId: string | null
  readonly actorId: string | null
  readonly agentId: string | null
  readonly targetId?: string | null
  readonly data: Data
  /** Somebody was refused: kept for the audit, told to no stream, webhook or mirror. */
  readonly denied?: boolean
}

export interface StoredEvent<Data = unknown> extends NewEvent<Data> {
  /** UUID v7. */
  readonly id: string
  /** Position in the log; grows by commit order per repository. */
  readonly sequence: number
  /** Milliseconds since 1970. */
  readonly createdAt: number
}
