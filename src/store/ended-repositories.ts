/** Repositories whose time is over: expired ones are deleted, and deleted ones are forgotten in the end. */
import { sql, type Kysely } from 'kysely'
import type { RepoId } from '../kernel/ids.ts'
import type { Trx } from './database.ts'
import { lockRepository } from './read-repository.ts'
import { repositoryEvent } from './repository-events.ts'
import { markDeleted, type StateParts } from './repository-states.ts'
import { PURGE_AFTER_MS } from './restore-window.ts'
import type { Schema } from './schema.ts'

/** Nobody in particular: time did it. */
const TIME = { actorId: null, agentId: null }

/** Active ones, the most overdue first. */
export async function listExpired(kysely: Kysely<Schema>, now: number, limit: number): Promise<RepoId[]> {
  const rows = await expired(kysely, now).orderBy('expires_at').limit(limit).execute()
  return rows.map((row) => row.id as RepoId)
}

/** @returns false, and does nothing, when its time is not over (any more) */
export async function expire(parts: StateParts, id: RepoId): Promise<boolean> {
  return parts.database.transaction(async (trx) => {
    const row = await lockRepository(parts.database, trx, id)
    const isExpired = await expired(trx, parts.now()).where('id', '=', id).executeTakeFirst()
    if (!row || !isExpired) return false
    await markDeleted(parts, trx, row, { by: TIME, reason: 'expired' })
    return true
  })
}

/** When no restore can still be under way; `null` when it is not deleted. */
export async function purgeableAt(kysely: Kysely<Schema>, id: RepoId): Promise<number | null> {
  const row = await kysely
    .selectFrom('repositories')
    .select('deleted_at')
    .where('id', '=', id)
    .where('state', '=', 'deleted')
    .executeTakeFirst()
  return row ? (row.deleted_at ?? 0) + PURGE_AFTER_MS : null
}

/**
 * Forgets a deleted repository for good, with its collaborators and old names; the log keeps what
 * happened to it.
 *
 * @returns false, and does nothing, when it could still be restored or is gone
 */
export async function purge({ database, events, now }: StateParts, id: RepoId): Promise<boolean> {
  return database.transaction(async (trx) => {
    const row = await lockRepository(database, trx, id)
    const from = await purgeableAt(trx, id)
    if (!row || from === null || from > now()) return false
    await trx.deleteFrom('repositories').where('id', '=', id).execute()
    await events.append(trx, [
      repositoryEvent(row, TIME, 'repo.purged', { slug: row.slug, orgSlug: row.org_slug }),
    ])
    return true
  })
}

/** States are literals, so that the partial indexes apply; see find-repository.ts. */
function expired(kysely: Kysely<Schema> | Trx, now: number) {
  return kysely
    .selectFrom('repositories')
    .select('id')
    .where('state', '=', sql.lit('active'))
    .where('expires_at', '<=', now)
}
