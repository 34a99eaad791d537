/** Where a crash may have left something undone: events that git data is missing for, tips whose event is. */
import type { Database } from '../database.ts'

/** Identifiers of repositories in which something waits, each once. */
export async function waitingIdentifiers({ kysely }: Pick<Database, 'kysely'>): Promise<readonly string[]> {
  const events = await kysely
    .selectFrom('nostr_events')
    .select('identifier')
    .distinct()
    .where('status', '=', 'purgatory')
    .where('identifier', 'is not', null)
    .execute()
  const tips = await kysely
    .selectFrom('grasp_tips as t')
    .innerJoin('grasp_repositories as g', 'g.repo_id', 't.repo_id')
    .select('g.identifier')
    .distinct()
    .where('t.waits_until', 'is not', null)
    .execute()
  return [...new Set([...events, ...tips].flatMap(({ identifier }) => identifier ?? []))]
}
