/** `GET …/events`: what happened to a repository and who did it, for its owners; also when it is archived. */
import { z } from 'zod'
import { EVENT_QUERY, eventFilter } from '../../../http/event-query.ts'
import { EventJson, eventJson } from '../../../http/event-json.ts'
import { linkNext, pageQuery } from '../../../http/pagination.ts'
import {
  accessBelow,
  REPOSITORY_PREFIX,
  RepositoryParams,
  type FindDeleted,
} from '../../../http/repository-routes.ts'
import { failures, type ZodApp } from '../../../http/zod-app.ts'
import type { EventLog } from '../../../store/log/events.ts'

const Query = z.object({ ...pageQuery({ default: 50, max: 200 }), ...EVENT_QUERY })

export interface EventsRouteParts {
  readonly events: Pick<EventLog, 'list'>
  readonly findDeleted: FindDeleted
}

export function eventsRoute(app: ZodApp, { events, findDeleted }: EventsRouteParts): void {
  app.get(
    `${REPOSITORY_PREFIX}/events`,
    {
      config: { access: accessBelow('admin', findDeleted) },
      schema: {
        summary: 'List what happened to a repository, newest first',
        tags: ['events'],
        params: RepositoryParams,
        querystring: Query,
        response: { 200: z.array(EventJson), ...failures(400, 401, 403, 404, 410, 429) },
      },
    },
    async (request, reply) => {
      const { limit, offset, cursor, ...given } = request.query
      const filter = { ...eventFilter(given), repoId: request.found.repo.id }
      const page = await events.list(filter, { limit, offset, cursor })
      linkNext(request, reply, page.nextCursor)
      return page.items.map(eventJson)
    },
  )
}
