/** What the log says of webhooks. Of their addresses only the origin: the rest may be as good as a password. */
import type { NewEvent } from '../../kernel/events.ts'
import type { RepoId } from '../../kernel/ids.ts'
import type { Database, Trx } from '../database.ts'
import type { Actor } from '../log/events.ts'
import { lockActive } from '../read-repository.ts'
import type { HookRow } from '../schema.ts'
import type { HookOwner } from './hook.ts'

/** Where an event happens. */
export type HookPlace = Pick<NewEvent, 'repoId' | 'orgId' | 'projectId'>

/** Changes of one owner's hooks take turns. @throws AppError `REPO_NOT_FOUND` unless the repository is active */
export async function lockOwner(database: Database, trx: Trx, owner: HookOwner): Promise<HookPlace> {
  if (owner.kind === 'organisation') {
    await database.takeTurn(trx, `organization:${owner.id}`)
    return { repoId: null, orgId: owner.id, projectId: null }
  }
  const row = await lockActive(database, trx, owner.id)
  return { repoId: row.id as RepoId, orgId: row.org_id, projectId: row.project_id }
}

export function eventAbout(
  place: HookPlace,
  by: Actor,
  type: `hook.${string}`,
  { id, url }: Pick<HookRow, 'id' | 'url'>,
  more: object = {},
): NewEvent {
  return { type, ...place, ...by, targetId: id, data: { origin: new URL(url).origin, ...more } }
}
