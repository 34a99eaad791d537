/** What the log says when a pull request changes. */
import type { NewEvent } from '../kernel/events.ts'
import type { RepoId } from '../kernel/ids.ts'
import type { Actor } from './log/events.ts'
import type { PullRequestRow, RepositoryRow } from './schema.ts'

export type PullEventType = 'pr.opened' | 'pr.updated' | 'pr.closed' | 'pr.reopened' | 'pr.merged'

/** Where it is told. */
export type Surroundings = Pick<RepositoryRow, 'id' | 'project_id'> & { readonly org_id: string | null }

/** @param more what is told besides the pull request as it is now */
export function pullEvent(
  repo: Surroundings,
  row: PullRequestRow,
  by: Actor,
  type: PullEventType,
  more: object = {},
): NewEvent {
  const data = {
    number: row.number,
    title: row.title,
    sourceBranch: row.source_branch,
    targetBranch: row.target_branch,
    sourceSha: row.source_sha,
    targetSha: row.target_sha,
    ...more,
  }
  const { actorId, agentId } = by
  return {
    type,
    repoId: repo.id as RepoId,
    orgId: repo.org_id,
    projectId: repo.project_id,
    actorId,
    agentId,
    targetId: row.id,
    data,
  }
}
