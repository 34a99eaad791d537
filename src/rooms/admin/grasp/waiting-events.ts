/** `GET /admin/grasp/events`: what is in purgatory. Nobody else is shown it. */
import { z } from 'zod'
import { linkNext, pageQuery } from '../../../http/pagination.ts'
import { failures, type ZodApp } from '../../../http/zod-app.ts'
import { npubOf } from '../../../nostr/npub.ts'
import type { AdminGraspParts } from './parts.ts'
import { timeOf } from './time.ts'

const Time = z.iso.datetime()

const WaitingEventJson = z
  .object({
    id: z.string(),
    author: z.string().meta({ description: 'as npub' }),
    kind: z.number(),
    identifier: z.string().nullable().meta({ description: 'its `d` tag' }),
    source: z.enum(['client', 'sync']).meta({ description: '`sync`: another relay had it' }),
    receivedAt: Time,
    waitsUntil: Time.nullable(),
  })
  .meta({
    id: 'WaitingEvent',
    example: {
      id: 'd0d0e65b3f0c1a5e6f0a0c3b1d2e4f5061728394a5b6c7d8e9fa0b1c2d3e4f50',
      author: 'npub10xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqpkge6d',
      kind: 30_618,
      identifier: 'rocket-parts',
      source: 'client',
      receivedAt: '2026-01-01T00:00:00.000Z',
      waitsUntil: '2026-01-01T00:30:00.000Z',
    },
  })

export function waitingEventsRoute(app: ZodApp, { grasp }: AdminGraspParts): void {
  app.get(
    '/admin/grasp/events',
    {
      config: { access: { kind: 'server-admin' } },
      schema: {
        summary: 'List nostr events that wait for git data, newest first',
        tags: ['admin'],
        querystring: z.object(pageQuery({ default: 50, max: 100 })),
        response: { 200: z.array(WaitingEventJson), ...failures(400, 401, 403, 429) },
      },
    },
    async (request, reply) => {
      const { items, nextCursor } = await grasp.waiting(request.query)
      linkNext(request, reply, nextCursor)
      return items.map(({ pubkey, receivedAt, waitsUntil, ...event }) => ({
        ...event,
        author: npubOf(pubkey),
        receivedAt: new Date(receivedAt).toISOString(),
        waitsUntil: timeOf(waitsUntil),
      }))
    },
  )
}
