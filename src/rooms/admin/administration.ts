/** What only administrators of the server may see and do; what it says of itself is in routes.ts. */
import type { FastifyInstance } from 'fastify'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import { adminEventRoutes, type AdminEventsParts } from './events.ts'
import type { AdminGraspParts } from './grasp/parts.ts'
import { adminGraspRoutes } from './grasp/routes.ts'
import { adminJobRoutes, type AdminJobsParts } from './jobs.ts'
import { adminKeyRoutes, type AdminKeysParts } from './keys.ts'
import { adminRepositoryRoutes, type AdminRepositoriesParts } from './repositories.ts'

export type AdministrationParts = AdminRepositoriesParts &
  AdminJobsParts &
  AdminEventsParts &
  AdminKeysParts &
  AdminGraspParts

export async function administrationRoutes(bare: FastifyInstance, parts: AdministrationParts): Promise<void> {
  const app = bare.withTypeProvider<ZodTypeProvider>()
  adminRepositoryRoutes(app, parts)
  adminJobRoutes(app, parts)
  adminEventRoutes(app, parts)
  adminKeyRoutes(app, parts)
  adminGraspRoutes(app, parts)
}
