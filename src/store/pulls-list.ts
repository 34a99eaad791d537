/** Lists the pull requests of a repository, newest first. */
import type { Kysely } from 'kysely'
import type { RepoId } from '../kernel/ids.ts'
import { invalidCursor, toPage, type Page, type PageRequest } from './page.ts'
import { toPull, type PullRequest } from './pulls-rows.ts'
import type { PullRequestRow, Schema } from './schema.ts'

export interface PullFilter {
  readonly repoId: RepoId
  readonly status?: PullRequest['status'] | undefined
  readonly authorId?: string | undefined
  readonly sourceBranch?: string | undefined
  readonly targetBranch?: string | undefined
}

/** @throws AppError `VALIDATION_ERROR` for a cursor that is none */
export async function listPulls(
  kysely: Kysely<Schema>,
  filter: PullFilter,
  page: PageRequest,
): Promise<Page<PullRequest>> {
  let query = filtered(kysely, filter)
    .orderBy('number', 'desc')
    .limit(page.limit + 1)
  if (page.cursor !== undefined) query = query.where('number', '<', parseNumber(page.cursor))
  else if (page.offset !== undefined) query = query.offset(page.offset)
  return toPage<PullRequestRow, PullRequest>(await query.execute(), page.limit, {
    item: toPull,
    cursor: (row) => String(row.number),
  })
}

function filtered(kysely: Kysely<Schema>, filter: PullFilter) {
  const { repoId, status, authorId, sourceBranch, targetBranch } = filter
  let query = kysely.selectFrom('pull_requests').selectAll().where('repo_id', '=', repoId)
  if (status !== undefined) query = query.where('status', '=', status)
  if (authorId !== undefined) query = query.where('author_id', '=', authorId)
  if (sourceBranch !== undefined) query = query.where('source_branch', '=', sourceBranch)
  if (targetBranch !== undefined) query = query.where('target_branch', '=', targetBranch)
  return query
}

function parseNumber(cursor: string): number {
  if (!/^\d{1,9}$/.test(cursor)) throw invalidCursor()
  return Number(cursor)
}
