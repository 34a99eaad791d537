/** `GET /admin/events` and `GET /admin/events/{id}`: what happened anywhere on the server. */
import { z } from 'zod'
import { EventJson, eventJson } from '../../http/event-json.ts'
import { EVENT_QUERY, eventFilter } from '../../http/event-query.ts'
import { linkNext, pageQuery } from '../../http/pagination.ts'
import { failures, type ZodApp } from '../../http/zod-app.ts'
import { AppError } from '../../kernel/errors.ts'
import type { RepoId } from '../../kernel/ids.ts'
import type { EventLog } from '../../store/log/events.ts'

export interface AdminEventsParts {
  readonly events: Pick<EventLog, 'list' | 'byId'>
}

const Id = z.uuid().toLowerCase()

const Query = z.object({
  ...pageQuery({ default: 50, max: 100 }),
  ...EVENT_QUERY,
  repoId: Id.optional(),
  repo_id: Id.optional().meta({ description: 'as `repoId`' }),
})

export function adminEventRoutes(app: ZodApp, { events }: AdminEventsParts): void {
  app.get(
    '/admin/events',
    {
      config: { access: { kind: 'server-admin' } },
      schema: {
        summary: 'List what happened on the server, newest first',
        tags: ['admin'],
        querystring: Query,
        response: { 200: z.array(EventJson), ...failures(400, 401, 403, 429) },
      },
    },
    async (request, reply) => {
      const { limit, offset, cursor, repoId, repo_id, ...given } = request.query
      const filter = { ...eventFilter(given), repoId: (repoId ?? repo_id) as RepoId | undefined }
      const page = await events.list(filter, { limit, offset, cursor })
      linkNext(request, reply, page.nextCursor)
      return page.items.map(eventJson)
    },
  )
  app.get(
    '/admin/events/:id',
    {
      config: { access: { kind: 'server-admin' } },
      schema: {
        summary: 'Read one event',
        tags: ['admin'],
        params: z.object({ id: Id }),
        response: { 200: EventJson, ...failures(400, 401, 403, 404, 429) },
      },
    },
    async ({ params }) => {
      const event = await events.byId(params.id)
      if (!event) throw new AppError('NOT_FOUND', { details: { reason: 'no such event' } })
      return eventJson(event)
    },
  )
}
