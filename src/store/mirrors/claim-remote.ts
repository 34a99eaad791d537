/** Two repositories that are mirrored to one remote would overwrite each other there: only one may be. */
import { sql } from 'kysely'
import type { RepoId } from '../../kernel/ids.ts'
import type { Database, Trx } from '../database.ts'

/** Fixed words: they are shown to whoever may know nothing of the other repository. */
export const TAKEN = 'another mirror goes to that remote repository already'

export interface RemoteClaim {
  readonly remoteKey: string
  readonly orgId: string
  /** Mirror that claims; `null` while it has no row. */
  readonly mirrorId: string | null
}

/**
 * Takes the remote, if need be from one who has no right to it any more: a deleted repository, or one of
 * another organisation that has never pushed there, so that nobody can keep others out by naming what is theirs.
 *
 * @returns repository that keeps it; `null`: it is the claimant's until the transaction ends
 */
export async function claimRemote(
  database: Database,
  trx: Trx,
  { remoteKey, orgId, mirrorId }: RemoteClaim,
  now: number,
): Promise<RepoId | null> {
  await database.takeTurn(trx, `mirror:${remoteKey}`)
  const holder = await trx
    .selectFrom('mirrors as m')
    .innerJoin('repositories as r', 'r.id', 'm.repo_id')
    .select(['m.id', 'm.repo_id', 'r.org_id', 'r.state'])
    .where('m.remote_key', '=', remoteKey)
    .where('m.refused_reason', 'is', sql.lit(null))
    .where('m.id', '<>', mirrorId ?? '')
    .executeTakeFirst()
  if (!holder) return null
  const isStranger = holder.org_id !== orgId && !(await hasPushed(trx, holder.id))
  if (holder.state !== 'deleted' && !isStranger) return holder.repo_id as RepoId
  await trx
    .updateTable('mirrors')
    .set({ refused_reason: TAKEN, updated_at: now })
    .where('id', '=', holder.id)
    .execute()
  return null
}

/** A run of an empty repository goes well, and proves nothing. */
async function hasPushed(trx: Trx, mirrorId: string): Promise<boolean> {
  const ref = await trx
    .selectFrom('mirror_refs')
    .select('ref')
    .where('mirror_id', '=', mirrorId)
    .limit(1)
    .executeTakeFirst()
  return ref !== undefined
}
