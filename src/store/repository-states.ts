/**
 * The life of a repository: provisional until its first push is accepted, then active, then deleted
 * but kept for a while. What to do with its git data is somebody else's business.
 */
import { DELETE_REPO_STORAGE } from '../kernel/background.ts'
import { AppError } from '../kernel/errors.ts'
import type { NewEvent } from '../kernel/events.ts'
import type { RepoId } from '../kernel/ids.ts'
import type { Database, Trx } from './database.ts'
import type { Actor, EventLog } from './log/events.ts'
import type { Jobs } from './jobs/jobs.ts'
import { organizationTurn } from './insert-repository.ts'
import { comeWith, findOrganization, removeOrganization } from './organizations.ts'
import { lockActive, lockRepository } from './read-repository.ts'
import { createdEvents, repositoryEvent } from './repository-events.ts'
import { endRedirect } from './repository-places.ts'
import type { NamedRow } from './repository-rows.ts'
import { PURGE_AFTER_MS, RESTORE_WINDOW_MS } from './restore-window.ts'
import { writeRow } from './write-repository.ts'

export interface StateParts {
  readonly database: Database
  readonly events: EventLog
  readonly jobs: Pick<Jobs, 'enqueue'>
  readonly now: () => number
}

/**
 * Makes a provisional repository visible; one that is no longer provisional stays as it is.
 *
 * @returns the events to append to the log in the same transaction
 */
export async function activate(database: Database, trx: Trx, id: RepoId, by: Actor): Promise<NewEvent[]> {
  const row = await lockRepository(database, trx, id)
  if (row?.state !== 'provisional') return []
  await takeOrganizationTurn(database, trx, row)
  await writeRow(trx, { ...row, state: 'active' })
  const org = await findOrganization(trx, row.org_id)
  return org ? createdEvents(row, await comeWith(trx, org, row.id), by) : []
}

/**
 * Forgets a provisional repository, and the organisation if that came with it and has no other.
 *
 * @returns false, and does nothing, when it is not provisional (any more)
 */
export async function discard({ database }: Pick<StateParts, 'database'>, id: RepoId): Promise<boolean> {
  return database.transaction(async (trx) => {
    const row = await lockRepository(database, trx, id)
    if (row?.state !== 'provisional') return false
    await takeOrganizationTurn(database, trx, row)
    await trx.deleteFrom('repositories').where('id', '=', id).execute()
    const org = await findOrganization(trx, row.org_id)
    if (org?.made_for === id && (await isEmpty(trx, org.id))) await removeOrganization(trx, org.id)
    return true
  })
}

/** By both of its names, as others may use either. */
async function takeOrganizationTurn(database: Database, trx: Trx, row: NamedRow): Promise<void> {
  await database.takeTurn(trx, organizationTurn(row.org_slug))
  if (row.org_id !== row.org_slug) await database.takeTurn(trx, organizationTurn(row.org_id))
}

/** Its name is free at once. @throws AppError `REPO_NOT_FOUND` unless it is active */
export async function softDelete(parts: StateParts, id: RepoId, by: Actor): Promise<void> {
  await parts.database.transaction(async (trx) => {
    await markDeleted(parts, trx, await lockActive(parts.database, trx, id), { by })
  })
}

/** Its data go when nobody can restore it any more. @param row locked, and active */
export async function markDeleted(
  { events, jobs, now }: StateParts,
  trx: Trx,
  row: NamedRow,
  { by, ...why }: { by: Actor; reason?: 'expired' },
): Promise<void> {
  await writeRow(trx, { ...row, state: 'deleted', deleted_at: now() })
  await jobs.enqueue(trx, {
    type: DELETE_REPO_STORAGE,
    key: row.id,
    repoId: row.id as RepoId,
    payload: { repoId: row.id },
    runAt: now() + PURGE_AFTER_MS,
  })
  const data = { slug: row.slug, orgSlug: row.org_slug, ...why }
  await events.append(trx, [repositoryEvent(row, by, 'repo.deleted', data)])
}

/**
 * Whoever restores a repository whose time was over wants it for longer: it no longer expires.
 *
 * @throws AppError `REPO_NOT_FOUND` unless it was deleted within the window; `ALREADY_EXISTS`: its name was given away
 */
export async function restore(
  { database, events, now }: StateParts,
  id: RepoId,
  by: Actor,
): Promise<NamedRow> {
  return database.transaction(async (trx) => {
    const row = await lockRepository(database, trx, id)
    if (!row || !(await isRestorable(trx, id, now()))) throw new AppError('REPO_NOT_FOUND')
    const isOver = row.expires_at !== null && row.expires_at <= now()
    const restored: NamedRow = { ...row, state: 'active', expires_at: isOver ? null : row.expires_at }
    await writeRow(trx, { ...restored, deleted_at: null })
    await endRedirect(trx, restored)
    await events.append(trx, [
      repositoryEvent(restored, by, 'repo.restored', { slug: row.slug, orgSlug: row.org_slug }),
    ])
    return restored
  })
}

async function isRestorable(trx: Trx, id: RepoId, now: number): Promise<boolean> {
  const row = await trx
    .selectFrom('repositories')
    .select('id')
    .where('id', '=', id)
    .where('state', '=', 'deleted')
    .where('deleted_at', '>', now - RESTORE_WINDOW_MS)
    .executeTakeFirst()
  return row !== undefined
}

async function isEmpty(trx: Trx, orgId: string): Promise<boolean> {
  const any = await trx
    .selectFrom('repositories')
    .select('id')
    .where('org_id', '=', orgId)
    .limit(1)
    .executeTakeFirst()
  return any === undefined
}
