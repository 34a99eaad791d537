/** `GET /admin/grasp/relays`: how the relays answer that announcements name. */
import { z } from 'zod'
import { linkNext, pageQuery } from '../../../http/pagination.ts'
import { failures, type ZodApp } from '../../../http/zod-app.ts'
import type { AdminGraspParts } from './parts.ts'
import { timeOf } from './time.ts'

const Time = z.iso.datetime()

const RelayJson = z
  .object({
    url: z.string(),
    failures: z.number().meta({ description: 'in a row, up to now' }),
    failingSince: Time.nullable().meta({ description: 'null: it answered the last time' }),
    lastError: z.string().nullable(),
    retryAt: Time.nullable().meta({ description: 'of one that fails: not tried again before' }),
    connectedAt: Time.nullable().meta({ description: 'when it was last seen alive' }),
    syncedAt: Time.nullable().meta({ description: 'when everything was last compared with it' }),
  })
  .meta({
    id: 'Relay',
    example: {
      url: 'wss://relay.example.org/',
      failures: 3,
      failingSince: '2026-01-01T00:00:00.000Z',
      lastError: 'the connection was refused',
      retryAt: '2026-01-01T00:00:40.000Z',
      connectedAt: null,
      syncedAt: null,
    },
  })

export function relaysRoute(app: ZodApp, { grasp }: AdminGraspParts): void {
  app.get(
    '/admin/grasp/relays',
    {
      config: { access: { kind: 'server-admin' } },
      schema: {
        summary: 'List the relays that events are fetched from, and how they answer',
        tags: ['admin'],
        querystring: z.object(pageQuery({ default: 50, max: 100 })),
        response: { 200: z.array(RelayJson), ...failures(400, 401, 403, 429) },
      },
    },
    async (request, reply) => {
      const { items, nextCursor } = await grasp.relays(request.query)
      linkNext(request, reply, nextCursor)
      return items.map(({ failingSince, retryAt, connectedAt, syncedAt, ...relay }) => ({
        ...relay,
        failingSince: timeOf(failingSince),
        retryAt: failingSince === null ? null : timeOf(retryAt),
        connectedAt: timeOf(connectedAt),
        syncedAt: timeOf(syncedAt),
      }))
    },
  )
}
