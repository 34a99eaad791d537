/** Makes the row of a pull request, with the next number of its repository. */
import { AppError } from '../kernel/errors.ts'
import type { Oid, RepoId } from '../kernel/ids.ts'
import type { Database, Trx } from './database.ts'
import type { Actor, EventLog } from './log/events.ts'
import { pullEvent } from './pulls-events.ts'
import { lockActive } from './read-repository.ts'
import type { PullRequestRow } from './schema.ts'

export interface NewPull {
  readonly repoId: RepoId
  readonly sourceBranch: string | null
  readonly targetBranch: string
  readonly sourceSha: Oid
  readonly targetSha: Oid
  readonly title: string
  readonly description: string | null
}

export interface PullParts {
  readonly database: Database
  readonly events: EventLog
  readonly newId: () => string
  readonly now: () => number
}

/**
 * The number is taken in the same transaction: one that fails takes none.
 *
 * @throws AppError `REPO_NOT_FOUND`, `REPO_ARCHIVED`; a unique violation when the same is open already
 */
export async function insertPull(parts: PullParts, wanted: NewPull, by: Actor): Promise<PullRequestRow> {
  const { database, events } = parts
  return database.transaction(async (trx) => {
    const repo = await lockActive(database, trx, wanted.repoId)
    if (repo.archived === 1) throw new AppError('REPO_ARCHIVED')
    const number = await nextNumber(trx, wanted.repoId)
    const row = toRow(wanted, by, { id: parts.newId(), number, now: parts.now() })
    await trx.insertInto('pull_requests').values(row).execute()
    await events.append(trx, [pullEvent(repo, row, by, 'pr.opened')])
    return row
  })
}

/** The next number of a repository. */
export async function nextNumber(trx: Trx, repoId: RepoId): Promise<number> {
  const { last_number } = await trx
    .insertInto('pull_counters')
    .values({ repo_id: repoId, last_number: 1 })
    .onConflict((conflict) =>
      conflict.column('repo_id').doUpdateSet((eb) => ({
        last_number: eb('pull_counters.last_number', '+', 1),
      })),
    )
    .returning('last_number')
    .executeTakeFirstOrThrow()
  return last_number
}

export function toRow(
  wanted: NewPull,
  by: Actor,
  { id, number, now }: { id: string; number: number; now: number },
): PullRequestRow {
  return {
    id,
    repo_id: wanted.repoId,
    number,
    author_id: by.actorId,
    agent_id: by.agentId,
    source_branch: wanted.sourceBranch,
    target_branch: wanted.targetBranch,
    source_sha: wanted.sourceSha,
    target_sha: wanted.targetSha,
    title: wanted.title,
    description: wanted.description,
    status: 'open',
    merged_at: null,
    merged_by: null,
    merge_commit_sha: null,
    created_at: now,
    updated_at: now,
  }
}
