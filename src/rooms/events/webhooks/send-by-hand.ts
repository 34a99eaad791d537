/** Deliveries that somebody asks for: an event once more, or one that only says that the hook works. */
import type { NewEvent, StoredEvent } from '../../../kernel/events.ts'
import type { Database, Trx } from '../../../store/database.ts'
import type { Deliveries } from '../../../store/deliveries/deliveries.ts'
import type { Delivery, Line } from '../../../store/deliveries/delivery.ts'
import { eventAbout, lockOwner } from '../../../store/hooks/hook-events.ts'
import type { Hook } from '../../../store/hooks/hook.ts'
import { toEvent, type Actor, type EventLog } from '../../../store/log/events.ts'

export interface SendByHandParts {
  readonly database: Database
  readonly events: Pick<EventLog, 'append'>
  readonly deliveries: Pick<Deliveries, 'addAside'>
  readonly wakeLines: (trx: Trx, lines: readonly Line[]) => Promise<void>
}

/** The same event once more, under the same `webhook-id`. @throws AppError `REPO_NOT_FOUND` */
export async function redeliver(
  parts: SendByHandParts,
  hook: Hook,
  of: Delivery,
  event: StoredEvent,
  by: Actor,
): Promise<Delivery> {
  return parts.database.transaction(async (trx) => {
    const place = await lockOwner(parts.database, trx, hook.owner)
    const made = await parts.deliveries.addAside(trx, { receiver: hook.id, event }, of.redeliveryOf ?? of.id)
    await parts.wakeLines(trx, [made])
    const told = { delivery: made.id, redeliveryOf: made.redeliveryOf }
    await parts.events.append(trx, [eventAbout(place, by, 'hook.redelivered', hook, told)])
    return made
  })
}

/** @throws AppError `REPO_NOT_FOUND` */
export async function ping(parts: SendByHandParts, hook: Hook, by: Actor): Promise<Delivery> {
  return parts.database.transaction(async (trx) => {
    const place = await lockOwner(parts.database, trx, hook.owner)
    const event = await appended(parts, trx, eventAbout(place, by, 'hook.pinged', hook))
    const made = await parts.deliveries.addAside(trx, { receiver: hook.id, event }, null)
    await parts.wakeLines(trx, [made])
    return made
  })
}

/** From here on no other event is appended until the transaction ends, so the newest one is this. */
async function appended({ events }: SendByHandParts, trx: Trx, event: NewEvent): Promise<StoredEvent> {
  await events.append(trx, [event])
  const newest = trx.selectFrom('events').selectAll().orderBy('sequence', 'desc').limit(1)
  return toEvent(await newest.executeTakeFirstOrThrow())
}
