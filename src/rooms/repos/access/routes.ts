/** What only owners see and change: who may do what in a repository or an organisation, and what was done. */
import type { FastifyInstance } from 'fastify'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import { eventsRoute, type EventsRouteParts } from './events.ts'
import { memberRoutes, type MembersParts } from './members.ts'
import { readCollaboratorRoutes, type ReadCollaboratorsParts } from './read-collaborators.ts'
import { writeCollaboratorRoutes, type WriteCollaboratorsParts } from './write-collaborators.ts'

export type AccessRoutesParts = ReadCollaboratorsParts &
  WriteCollaboratorsParts &
  EventsRouteParts &
  MembersParts

export async function accessRoutes(bare: FastifyInstance, parts: AccessRoutesParts): Promise<void> {
  const app = bare.withTypeProvider<ZodTypeProvider>()
  readCollaboratorRoutes(app, parts)
  writeCollaboratorRoutes(app, parts)
  eventsRoute(app, parts)
  memberRoutes(app, parts)
}
