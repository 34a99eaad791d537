/** The log of events as streams. Where it lists, for audits, is elsewhere: rooms/admin and rooms/repos. */
import type { FastifyInstance } from 'fastify'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import { allEventsRoute } from './all-events.ts'
import { repositoryEventsRoute } from './repository-events.ts'
import type { ServeStreamParts } from './serve-stream.ts'

export async function streamRoutes(bare: FastifyInstance, parts: ServeStreamParts): Promise<void> {
  const app = bare.withTypeProvider<ZodTypeProvider>()
  allEventsRoute(app, parts)
  repositoryEventsRoute(app, parts)
}
