/** What the log says that may concern open pull requests. Asked after every push, so compiled once. */
import { sql } from 'kysely'
import type { StoredEvent } from '../kernel/events.ts'
import type { RepoId } from '../kernel/ids.ts'
import type { Database } from './database.ts'
import { prepareQuery } from './prepared-query.ts'

export interface News {
  readonly sequence: number
  /** `null`: no pull request of its repository is open. */
  readonly event: StoredEvent | null
}

interface NewsRow {
  id: string
  sequence: number
  type: string
  repo_id: string | null
  org_id: string | null
  project_id: string | null
  actor_id: string | null
  agent_id: string | null
  target_id: string | null
  created_at: number
  /** JSON text. */
  data: string | null
}

export interface NewsPage {
  readonly news: readonly News[]
  /** There may be more behind them. */
  readonly more: boolean
}

export type ReadNews = (after: number) => Promise<NewsPage>

/** Pushes, and pull requests whose branches were read before they were written down. */
const TYPES = ['push', 'pr.opened', 'pr.reopened', 'pr.updated']
const AT_ONCE = 200

/** @returns events after a position of the log, oldest first */
export function openNews({ kysely }: Database): ReadNews {
  const concernsOpen = sql`exists (select 1 from pull_requests p where p.repo_id = e.repo_id and p.status = 'open')`
  const read = prepareQuery<NewsRow, { after: number }>(kysely, (slot) =>
    kysely
      .selectFrom('events as e')
      .select(['id', 'sequence', 'type', 'repo_id', 'org_id', 'project_id'])
      .select(['actor_id', 'agent_id', 'target_id', 'created_at'])
      .select(sql<string | null>`case when ${concernsOpen} then e.data end`.as('data'))
      .where('sequence', '>', slot('after'))
      .where('type', 'in', TYPES)
      .orderBy('sequence')
      .limit(AT_ONCE),
  )
  return async (after) => {
    const rows = await read({ after })
    return { news: rows.map(toNews), more: rows.length === AT_ONCE }
  }
}

function toNews(row: NewsRow): News {
  const { id, sequence, type, data } = row
  if (data === null) return { sequence, event: null }
  const event: StoredEvent = {
    id,
    sequence,
    type,
    repoId: row.repo_id as RepoId | null,
    orgId: row.org_id,
    projectId: row.project_id,
    actorId: row.actor_id,
    agentId: row.agent_id,
    targetId: row.target_id,
    data: JSON.parse(data),
    createdAt: row.created_at,
  }
  return { sequence, event }
}
