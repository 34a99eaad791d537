/** A delivery as owners of its webhook see it. */
import { z } from 'zod'
import type { Delivery } from '../../../store/deliveries/delivery.ts'

export const DELIVERY_STATUSES = ['waiting', 'delivered', 'parked'] as const

const Time = z.iso.datetime()
const EXAMPLE = {
  id: '0199c0de-0000-7000-8000-0000000000d1',
  eventId: '0199c0de-0000-7000-8000-0000000000e1',
  eventType: 'push',
  repoId: '0199c0de-0000-7000-8000-000000000001',
  status: 'delivered' as const,
  attempts: 1,
  nextAttemptAt: null,
  responseStatus: 200,
  responseExcerpt: 'ok',
  error: null,
  durationMs: 12,
  redeliveryOf: null,
  createdAt: '2026-01-01T00:00:00.000Z',
  updatedAt: '2026-01-01T00:00:00.000Z',
}

const FIELDS = {
  id: z.uuid().meta({ description: '`webhook-id` of its requests, unless it is a redelivery' }),
  eventId: z.uuid(),
  eventType: z.string(),
  repoId: z.string().nullable(),
  status: z
    .enum(DELIVERY_STATUSES)
    .meta({ description: '`waiting`: to be tried, perhaps again; `parked`: only by hand' }),
  attempts: z.int(),
  nextAttemptAt: Time.nullable().meta({ description: 'not before; `null` unless it waits' }),
  responseStatus: z.int().nullable(),
  responseExcerpt: z.string().nullable().meta({ description: 'of the answer, at most 1 KiB' }),
  error: z.string().nullable(),
  durationMs: z.int().nullable(),
  redeliveryOf: z.uuid().nullable().meta({ description: 'delivery whose `webhook-id` it carries' }),
  createdAt: Time,
  updatedAt: Time,
}

export const DeliveryJson = z.object(FIELDS).meta({ id: 'Delivery', example: EXAMPLE })

export const DeliveryWithPayloadJson = z
  .object({ ...FIELDS, payload: z.unknown().meta({ description: 'body, as it would be sent now' }) })
  .meta({
    id: 'DeliveryWithPayload',
    example: {
      ...EXAMPLE,
      payload: { type: 'push', timestamp: '2026-01-01T00:00:00.000Z', data: { refs: [] } },
    },
  })

export function deliveryJson(delivery: Delivery): z.output<typeof DeliveryJson> {
  const { id, eventId, eventType, repoId, status, attempts, nextAttemptAt } = delivery
  const { responseStatus, responseExcerpt, error, durationMs, redeliveryOf } = delivery
  return {
    id,
    eventId,
    eventType,
    repoId,
    status,
    attempts,
    nextAttemptAt: status === 'waiting' ? new Date(nextAttemptAt).toISOString() : null,
    responseStatus,
    responseExcerpt,
    error,
    durationMs,
    redeliveryOf,
    createdAt: new Date(delivery.createdAt).toISOString(),
    updatedAt: new Date(delivery.updatedAt).toISOString(),
  }
}
