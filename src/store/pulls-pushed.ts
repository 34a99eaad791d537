/**
 * Pull requests that pushes to a protected branch have opened. Their rows are written with the event of the
 * push, in its transaction: there is one exactly when the ref has moved, whoever writes the event.
 */
import type { Kysely } from 'kysely'
import type { MovedRef, NewEvent, PushData, PushedPull } from '../kernel/events.ts'
import type { RepoId } from '../kernel/ids.ts'
import type { Trx } from './database.ts'
import type { Actor } from './log/events.ts'
import { readPull, writePull } from './pulls-change.ts'
import { pullEvent, type Surroundings } from './pulls-events.ts'
import { toRow } from './pulls-open.ts'
import type { PullRequestRow, Schema } from './schema.ts'

export interface PushedBy extends Actor {
  readonly repoId: RepoId
  readonly targetBranch: string
}

const MAX_LISTED = 20

/** The newest ones that are open, by one account and, if it was one, one agent of it. */
export function listPushed(
  kysely: Kysely<Schema>,
  { repoId, targetBranch, actorId, agentId }: PushedBy,
): Promise<PullRequestRow[]> {
  return kysely
    .selectFrom('pull_requests')
    .selectAll()
    .where('repo_id', '=', repoId)
    .where('target_branch', '=', targetBranch)
    .where('source_branch', 'is', null)
    .where('status', '=', 'open')
    .where('author_id', actorId === null ? 'is' : '=', actorId)
    .where('agent_id', agentId === null ? 'is' : '=', agentId)
    .orderBy('number', 'desc')
    .limit(MAX_LISTED)
    .execute()
}

/** @returns the events to append behind that of the push */
export async function landPushedPulls(trx: Trx, event: NewEvent<PushData>, now: number): Promise<NewEvent[]> {
  const told: NewEvent[] = []
  for (const moved of event.data.refs) {
    if (moved.redirected === undefined) continue
    const news = await landPull(trx, event, moved, now)
    if (news) told.push(news)
  }
  return told
}

/** `null`: nothing has changed. One that was closed meanwhile stays as it is; the commits are kept. */
async function landPull(
  trx: Trx,
  event: NewEvent<PushData>,
  { newOid, redirected }: MovedRef,
  now: number,
): Promise<NewEvent | null> {
  const { repoId, actorId, agentId } = event
  if (repoId === null || redirected === undefined) return null
  const { pullRequest } = redirected
  const [place, by] = [surroundings(event, repoId), { actorId, agentId }]
  const before = await readPull(trx, { repoId, id: pullRequest.id })
  if (before) {
    const set = before.status === 'open' ? changesOf(before, newOid, pullRequest) : {}
    if (Object.keys(set).length === 0) return null
    const after = { ...before, ...set, updated_at: now }
    await writePull(trx, after)
    return pullEvent(place, after, by, 'pr.updated', toldOf(before, set))
  }
  const row = newRow(repoId, newOid, pullRequest, by, now)
  await trx.insertInto('pull_requests').values(row).execute()
  return pullEvent(place, row, by, 'pr.opened')
}

function newRow(
  repoId: RepoId,
  sourceSha: MovedRef['newOid'],
  { id, number, title = '', description, ...target }: PushedPull,
  by: Actor,
  now: number,
): PullRequestRow {
  const wanted = { repoId, sourceBranch: null, sourceSha, ...target, title, description: description ?? null }
  return toRow(wanted, by, { id, number, now })
}

type Changes = Partial<Pick<PullRequestRow, 'source_sha' | 'title' | 'description'>>

function changesOf(before: PullRequestRow, sourceSha: string, { title, description }: PushedPull): Changes {
  const wanted = { source_sha: sourceSha, title, description }
  const changed = (Object.keys(wanted) as (keyof Changes)[]).filter(
    (column) => wanted[column] !== undefined && wanted[column] !== before[column],
  )
  return Object.fromEntries(changed.map((column) => [column, wanted[column]]))
}

const NAMES = { source_sha: 'sourceSha', title: 'title', description: 'description' } as const

function toldOf(before: PullRequestRow, set: Changes): object {
  const changed = (Object.keys(set) as (keyof Changes)[]).map((column) => NAMES[column])
  return set.source_sha === undefined ? { changed } : { changed, before: { sourceSha: before.source_sha } }
}

function surroundings({ orgId, projectId }: NewEvent, repoId: RepoId): Surroundings {
  return { id: repoId, org_id: orgId, project_id: projectId }
}
