/** Deliveries as owners look at them, and how long they are kept. */
import { type Kysely } from 'kysely'
import { parseCursor, toPage, writeCursor, type Page, type PageRequest } from '../page.ts'
import type { DeliveryRow, Schema } from '../schema.ts'
import { toDelivery, type Delivery } from './delivery.ts'

/** Newest first. @throws AppError `VALIDATION_ERROR` for a cursor that is none */
export async function listDeliveries(
  kysely: Kysely<Schema>,
  filter: { readonly receiver: string; readonly status?: DeliveryRow['status'] | undefined },
  page: PageRequest,
): Promise<Page<Delivery>> {
  let query = kysely
    .selectFrom('deliveries')
    .selectAll()
    .where('receiver', '=', filter.receiver)
    .orderBy('created_at', 'desc')
    .orderBy('id', 'desc')
    .limit(page.limit + 1)
  if (filter.status !== undefined) query = query.where('status', '=', filter.status)
  if (page.cursor !== undefined) {
    const { createdAt, id } = parseCursor(page.cursor)
    query = query.where((eb) => eb(eb.refTuple('created_at', 'id'), '<', eb.tuple(createdAt, id)))
  } else if (page.offset !== undefined) query = query.offset(page.offset)
  return toPage(await query.execute(), page.limit, {
    item: toDelivery,
    cursor: (row) => writeCursor({ createdAt: row.created_at, id: row.id }),
  })
}

export async function findDelivery(
  kysely: Kysely<Schema>,
  receiver: string,
  id: string,
): Promise<Delivery | null> {
  const row = await kysely
    .selectFrom('deliveries')
    .selectAll()
    .where('id', '=', id)
    .where('receiver', '=', receiver)
    .executeTakeFirst()
  return row ? toDelivery(row) : null
}
