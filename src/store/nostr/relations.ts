/** Whether an event belongs to a conversation that is served: names a part of it, or is named by one. */
import { sql, type Kysely } from 'kysely'
import { KIND } from '../../nostr/kinds.ts'
import type { Schema } from '../schema.ts'
import { inColumn, tagKey } from './event-rows.ts'
import { inChunks } from './in-chunks.ts'

/** Tags by which an event names another one. @see NIP-01, NIP-18, NIP-22 */
const NAMING = { id: ['e', 'E', 'q'], address: ['a', 'A', 'q'] } as const

/**
 * Profiles, lists of a user and deletions are taken from anybody and name what they like: they are part of no
 * conversation.
 */
const CONVERSES = sql<boolean>`kind not in (0, 3, ${sql.lit(KIND.deletion)}) and (kind < 10000 or kind >= 20000)`

/** Is one of them served? */
export async function isKnown(
  db: Kysely<Schema>,
  named: { readonly ids?: readonly string[]; readonly addresses?: readonly string[] },
): Promise<boolean> {
  const served = db
    .selectFrom('nostr_events')
    .select('sequence')
    .where('status', '=', sql.lit('served'))
    .where(CONVERSES)
    .limit(1)
  for (const ids of inChunks((named.ids ?? []).map((id) => inColumn(id))))
    if (await served.where('id', 'in', ids).executeTakeFirst()) return true
  for (const addresses of inChunks((named.addresses ?? []).map((address) => inColumn(address))))
    if (await served.where('address', 'in', addresses).executeTakeFirst()) return true
  return false
}

/** Does a served event name it? */
export async function isNamed(
  db: Kysely<Schema>,
  { id, address }: { readonly id: string; readonly address: string | null },
): Promise<boolean> {
  const keys = NAMING.id.map((name) => tagKey(name, id))
  if (address !== null) keys.push(...NAMING.address.map((name) => tagKey(name, address)))
  const naming = await db
    .selectFrom('nostr_tags')
    .select('event')
    .where('key', 'in', keys)
    .where('served', '=', 1)
    .where(CONVERSES)
    .limit(1)
    .executeTakeFirst()
  return naming !== undefined
}
