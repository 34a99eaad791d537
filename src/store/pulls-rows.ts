/** Turns rows of pull requests into what the rooms see. */
import type { Oid, RepoId } from '../kernel/ids.ts'
import type { PullRequestRow } from './schema.ts'

export interface PullRequest {
  readonly id: string
  readonly repoId: RepoId
  /** Per repository, from 1. */
  readonly number: number
  /** Account; `null` when the server itself was asked to open it. */
  readonly authorId: string | null
  /**
   * Short branch names, as `targetBranch`. `null`: it holds what was pushed to its target, and its head moves by
   * such pushes only.
   */
  readonly sourceBranch: string | null
  readonly targetBranch: string
  /**
   * Tips: the last known ones while it is open, those of that moment when it is closed. Of a merged one
   * `targetSha` is what the target was before, so that what was merged can still be shown.
   */
  readonly sourceSha: Oid
  readonly targetSha: Oid
  readonly title: string
  readonly description: string | null
  readonly status: PullRequestRow['status']
  /** Milliseconds since 1970, as all times. */
  readonly mergedAt: number | null
  /** Account. */
  readonly mergedBy: string | null
  /** What the target pointed at after the merge. */
  readonly mergeCommitSha: Oid | null
  readonly createdAt: number
  readonly updatedAt: number
}

export function toPull(row: PullRequestRow): PullRequest {
  return {
    ...toOpenPull(row),
    repoId: row.repo_id as RepoId,
    authorId: row.author_id,
    title: row.title,
    description: row.description,
    status: row.status,
    mergedAt: row.merged_at,
    mergedBy: row.merged_by,
    mergeCommitSha: row.merge_commit_sha as Oid | null,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  }
}

/** Of one that is open what every push to its repository asks: no text of anybody, since very many may be open. */
export type OpenPull = Pick<
  PullRequest,
  'id' | 'number' | 'sourceBranch' | 'targetBranch' | 'sourceSha' | 'targetSha'
>

export const OPEN_PULL = [
  'id',
  'number',
  'source_branch',
  'target_branch',
  'source_sha',
  'target_sha',
] as const
export type OpenPullRow = Pick<PullRequestRow, (typeof OPEN_PULL)[number]>

export function toOpenPull(row: OpenPullRow): OpenPull {
  return {
    id: row.id,
    number: row.number,
    sourceBranch: row.source_branch,
    targetBranch: row.target_branch,
    sourceSha: row.source_sha as Oid,
    targetSha: row.target_sha as Oid,
  }
}
