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

/** What an event names. */
export interface NamedEvents {
  readonly ids?: readonly string[]
  readonly addresses?: readonly string[]
}

/** What may be named. `address`: `null` of what has none. */
export interface NamedEvent {
  readonly id: string
  readonly address: string | null
}

/** @returns for each whether one of those that it names is served */
export async function areKnown(
  db: Kysely<Schema>,
  calls: readonly NamedEvents[],
): Promise<readonly boolean[]> {
  const ids = await servedAmong(db, 'id', new Set(calls.flatMap((call) => call.ids ?? [])))
  const addresses = await servedAmong(db, 'address', new Set(calls.flatMap((call) => call.addresses ?? [])))
  return calls.map(
    (call) =>
      (call.ids ?? []).some((id) => ids.has(inColumn(id))) ||
      (call.addresses ?? []).some((address) => addresses.has(inColumn(address))),
  )
}

/** @returns for each whether a served event names it */
export async function areNamed(
  db: Kysely<Schema>,
  calls: readonly NamedEvent[],
): Promise<readonly boolean[]> {
  const keysOf = calls.map(namingKeys)
  const naming = new Set<number>()
  for (const keys of inChunks(new Set(keysOf.flat()))) {
    const rows = await db
      .selectFrom('nostr_tags')
      .select('key')
      .distinct()
      .where('key', 'in', keys)
      .where('served', '=', 1)
      .where(CONVERSES)
      .execute()
    for (const { key } of rows) naming.add(key)
  }
  return keysOf.map((keys) => keys.some((key) => naming.has(key)))
}

async function servedAmong(
  db: Kysely<Schema>,
  column: 'id' | 'address',
  values: ReadonlySet<string>,
): Promise<ReadonlySet<string | null>> {
  const served = new Set<string | null>()
  for (const some of inChunks([...values].map(inColumn))) {
    const rows = await db
      .selectFrom('nostr_events')
      .select(column)
      .where('status', '=', sql.lit('served'))
      .where(CONVERSES)
      .where(column, 'in', some)
      .execute()
    for (const row of rows) served.add(row[column] ?? null)
  }
  return served
}

function namingKeys({ id, address }: NamedEvent): readonly number[] {
  const byAddress = address === null ? [] : NAMING.address.map((name) => tagKey(name, address))
  return [...NAMING.id.map((name) => tagKey(name, id)), ...byAddress]
}
