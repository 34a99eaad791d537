/** Forgets deliveries that nobody needs any more: for what runs every minute. */
import { sql } from 'kysely'
import type { Clock } from '../../kernel/ports.ts'
import type { Database, Trx } from '../database.ts'

const DELIVERED_MS = 3 * 24 * 3600_000
/** Parked ones are what somebody may still have to send again. */
const PARKED_MS = 30 * 24 * 3600_000
/** Of one receiver that wait for nothing. */
const NEWEST = 1_000
const RECEIVERS_AT_ONCE = 100

/** Delivered ones after 3 days, parked ones after 30, and all but the newest 1,000 of a receiver. */
export async function pruneDeliveries({
  database,
  clock,
}: {
  readonly database: Database
  readonly clock: Pick<Clock, 'now'>
}): Promise<void> {
  const now = clock.now()
  await database.transaction(async (trx) => {
    await removeOlder(trx, 'delivered', now - DELIVERED_MS)
    await removeOlder(trx, 'parked', now - PARKED_MS)
  })
  for (const receiver of await withTooMany(database)) await keepNewest(database, receiver)
}

async function removeOlder(trx: Trx, status: 'delivered' | 'parked', before: number): Promise<void> {
  await trx
    .deleteFrom('deliveries')
    .where('status', '=', status)
    .where('status', '<>', sql.lit('waiting'))
    .where('created_at', '<', before)
    .execute()
}

async function withTooMany({ kysely }: Database): Promise<string[]> {
  const rows = await kysely
    .selectFrom('deliveries')
    .select('receiver')
    .where('status', '<>', sql.lit('waiting'))
    .groupBy('receiver')
    .having(({ fn }) => fn.countAll(), '>', NEWEST)
    .limit(RECEIVERS_AT_ONCE)
    .execute()
  return rows.map(({ receiver }) => receiver)
}

async function keepNewest({ kysely }: Database, receiver: string): Promise<void> {
  const oldestKept = await kysely
    .selectFrom('deliveries')
    .select(['created_at', 'id'])
    .where('receiver', '=', receiver)
    .where('status', '<>', sql.lit('waiting'))
    .orderBy('created_at', 'desc')
    .orderBy('id', 'desc')
    .offset(NEWEST - 1)
    .limit(1)
    .executeTakeFirst()
  if (!oldestKept) return
  await kysely
    .deleteFrom('deliveries')
    .where('receiver', '=', receiver)
    .where('status', '<>', sql.lit('waiting'))
    .where((eb) => eb(eb.refTuple('created_at', 'id'), '<', eb.tuple(oldestKept.created_at, oldestKept.id)))
    .execute()
}
