/** Changes one pull request, and tells the log in the same transaction. */
import { AppError } from '../kernel/errors.ts'
import type { Oid, RepoId } from '../kernel/ids.ts'
import type { Trx } from './database.ts'
import type { Actor } from './log/events.ts'
import { pullEvent, type PullEventType } from './pulls-events.ts'
import type { PullParts } from './pulls-open.ts'
import { lockActive } from './read-repository.ts'
import type { PullRequestRow } from './schema.ts'

export interface Tips {
  readonly sourceSha: Oid
  readonly targetSha: Oid
}

/** What is absent stays as it is. */
export interface PullPatch {
  readonly title?: string | undefined
  readonly description?: string | null | undefined
  readonly target?: { readonly branch: string; readonly sha: Oid } | undefined
}

export interface PullKey {
  readonly repoId: RepoId
  readonly id: string
}

export interface Change {
  readonly set: Partial<PullRequestRow>
  readonly type: PullEventType
  /** Told besides the pull request as it is now. */
  readonly more?: object
}

/**
 * @param decide `null`: nothing changes
 * @throws AppError `REPO_NOT_FOUND`, `REPO_ARCHIVED`, `NOT_FOUND`, and what `decide` throws
 */
export async function changePull(
  parts: PullParts,
  { repoId, id }: PullKey,
  by: Actor,
  decide: (row: PullRequestRow) => Change | null,
): Promise<PullRequestRow> {
  const { database, events, now } = parts
  return database.transaction(async (trx) => {
    const repo = await lockActive(database, trx, repoId) // whoever changes a pull request waits here
    if (repo.archived === 1) throw new AppError('REPO_ARCHIVED')
    const before = await readPull(trx, { repoId, id })
    if (!before) throw new AppError('NOT_FOUND')
    const change = decide(before)
    if (change === null) return before
    const after = { ...before, ...change.set, updated_at: now() }
    await writePull(trx, after)
    await events.append(trx, [pullEvent(repo, after, by, change.type, change.more)])
    return after
  })
}

export function readPull(trx: Trx, { repoId, id }: PullKey): Promise<PullRequestRow | undefined> {
  return trx
    .selectFrom('pull_requests')
    .selectAll()
    .where('repo_id', '=', repoId)
    .where('id', '=', id)
    .executeTakeFirst()
}

export async function writePull(trx: Trx, { id, ...columns }: PullRequestRow): Promise<void> {
  await trx.updateTable('pull_requests').set(columns).where('id', '=', id).execute()
}

/** @throws AppError `UNPROCESSABLE`: only an open one can be pointed at another branch */
export function patched(row: PullRequestRow, { title, description, target }: PullPatch): Change | null {
  if (target !== undefined && target.branch !== row.target_branch && row.status !== 'open') {
    throw new AppError('UNPROCESSABLE', { details: { reason: 'not open', status: row.status } })
  }
  const wanted = { title, description, target_branch: target?.branch }
  const changed = (Object.keys(wanted) as (keyof typeof wanted)[]).filter(
    (column) => wanted[column] !== undefined && wanted[column] !== row[column],
  )
  if (changed.length === 0) return null
  const fields = Object.fromEntries(changed.map((column) => [column, wanted[column]]))
  const moved = changed.includes('target_branch') && target ? { target_sha: target.sha } : {}
  const names = changed.map((column) => (column === 'target_branch' ? 'targetBranch' : column))
  return { set: { ...fields, ...moved }, type: 'pr.updated', more: { changed: names } }
}

/** @throws AppError `CONFLICT` unless it is open */
export function closed({ status }: PullRequestRow): Change {
  if (status !== 'open') throw new AppError('CONFLICT', { details: { reason: 'not open', status } })
  return { set: { status: 'closed' }, type: 'pr.closed' }
}

/** @throws AppError `CONFLICT` unless it was closed without being merged */
export function reopened({ status }: PullRequestRow, { sourceSha, targetSha }: Tips): Change {
  if (status !== 'closed') throw new AppError('CONFLICT', { details: { reason: 'not closed', status } })
  const set = { status: 'open', source_sha: sourceSha, target_sha: targetSha } as const
  return { set, type: 'pr.reopened' }
}
