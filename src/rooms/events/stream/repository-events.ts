/** `GET …/events/stream`: what happens in one repository, as it happens, for as long as the caller may read it. */
import { z } from 'zod'
import { accessBelow, REPOSITORY_PREFIX, RepositoryParams } from '../../../http/repository-routes.ts'
import { failures, type ZodApp } from '../../../http/zod-app.ts'
import { serveStream, type ServeStreamParts } from './serve-stream.ts'
import { EventStreamAnswer } from './stream-answer.ts'
import { STREAM_QUERY } from './stream-query.ts'

export function repositoryEventsRoute(app: ZodApp, parts: ServeStreamParts): void {
  app.get(
    `${REPOSITORY_PREFIX}/events/stream`,
    {
      config: { access: accessBelow('read', parts.findDeleted, 'without refs'), lasting: true },
      schema: {
        summary: 'Follow what happens in a repository, as Server-Sent Events',
        tags: ['events'],
        params: RepositoryParams,
        querystring: z.object(STREAM_QUERY),
        response: { 200: EventStreamAnswer, ...failures(400, 401, 403, 404, 406, 410, 429, 503) },
      },
    },
    (request, reply) => {
      const { eventType: types, since } = request.query
      const asked = { types, since, repoId: request.found.repo.id, endsWithRepository: true }
      return serveStream(parts, request, reply, asked)
    },
  )
}
