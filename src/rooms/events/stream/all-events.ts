/** `GET /events`: what happens in all repositories that the caller may read, as it happens. */
import { z } from 'zod'
import { failures, type ZodApp } from '../../../http/zod-app.ts'
import type { RepoId } from '../../../kernel/ids.ts'
import { serveStream, type ServeStreamParts } from './serve-stream.ts'
import { EventStreamAnswer } from './stream-answer.ts'
import { STREAM_QUERY } from './stream-query.ts'

const Query = z.object({ ...STREAM_QUERY, repoId: z.uuid().toLowerCase().optional() })

export function allEventsRoute(app: ZodApp, parts: ServeStreamParts): void {
  app.get(
    '/events',
    {
      config: { access: { kind: 'signed-in' }, lasting: true },
      schema: {
        summary: 'Follow what happens in all repositories that one may read, as Server-Sent Events',
        tags: ['events'],
        querystring: Query,
        response: { 200: EventStreamAnswer, ...failures(400, 401, 406, 429, 503) },
      },
    },
    (request, reply) => {
      const { eventType: types, since, repoId } = request.query
      const asked = { types, since, repoId: repoId as RepoId | undefined, endsWithRepository: false }
      return serveStream(parts, request, reply, asked)
    },
  )
}
