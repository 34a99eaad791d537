/** What the log says of mirrors. Pushes that go well are no news: the first failure is, and its end. */
import type { NewEvent } from '../../kernel/events.ts'
import type { RepoId } from '../../kernel/ids.ts'
import type { Actor } from '../log/events.ts'
import type { NamedRow } from '../repository-rows.ts'
import type { MirrorRow } from '../schema.ts'

/** The server itself, as an actor. */
export const SERVER: Actor = { actorId: null, agentId: null }

export function mirrorEvent(
  repo: NamedRow,
  mirror: Pick<MirrorRow, 'id' | 'name' | 'url'>,
  by: Actor,
  type: 'set' | 'removed' | 'failed' | 'recovered',
  data: object = {},
): NewEvent {
  return {
    type: `mirror.${type}`,
    repoId: repo.id as RepoId,
    orgId: repo.org_id,
    projectId: repo.project_id,
    ...by,
    targetId: mirror.id,
    data: { name: mirror.name, url: mirror.url, ...data },
  }
}
