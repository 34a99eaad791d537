/** What later pushes tell of an earlier one whose end nobody has seen. */
import type { Kysely } from 'kysely'
import type { MovedRef, NewEvent, PushData } from '../kernel/events.ts'
import type { RefName } from '../kernel/ids.ts'
import type { Intent, MovedSince } from '../kernel/ports.ts'
import type { Schema } from './schema.ts'

/**
 * Refs of an intent that a later push, ended or not, has found at the values which the intent was to give
 * them, or still at their old ones: whoever opens an intent has locked its refs at their old values.
 *
 * @returns `null` when somebody has ended it
 */
export async function refsMovedSince(
  kysely: Kysely<Schema>,
  intent: Intent,
): Promise<ReadonlyMap<RefName, MovedSince> | null> {
  const later = await movesAfter(kysely, intent)
  if (later === null) return null
  const since = new Map<RefName, MovedSince>()
  for (const { ref, oldOid, newOid } of intent.event.data.refs) {
    const next = later.find((move) => move.ref === ref && [oldOid, newOid].includes(move.oldOid))
    if (next) since.set(ref, next.oldOid === newOid ? 'after it' : 'instead of it')
  }
  return since
}

/** Of the same repository: what is in the log, then what is still open; each in its order. */
async function movesAfter(
  kysely: Kysely<Schema>,
  { id, repoId }: Intent,
): Promise<readonly MovedRef[] | null> {
  const own = await kysely.selectFrom('intents').select('created_at').where('id', '=', id).executeTakeFirst()
  if (own === undefined) return null
  const told = await kysely
    .selectFrom('events')
    .select('data')
    .where('repo_id', '=', repoId)
    .where('type', '=', 'push')
    .where('created_at', '>=', own.created_at)
    .orderBy('sequence')
    .execute()
  const open = await kysely
    .selectFrom('intents')
    .select('event')
    .where('repo_id', '=', repoId)
    .where('id', '<>', id)
    .where('created_at', '>=', own.created_at)
    .orderBy('created_at')
    .orderBy('id')
    .execute()
  return [
    ...told.flatMap((row) => (JSON.parse(row.data) as PushData).refs),
    ...open.flatMap((row) => (JSON.parse(row.event) as NewEvent<PushData>).data.refs),
  ]
}
