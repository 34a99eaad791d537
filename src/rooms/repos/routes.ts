/** The repositories of the REST API: one file per endpoint, listed here. */
import type { FastifyInstance } from 'fastify'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import { createRoute, type CreateRouteParts } from './create.ts'
import { internalCreateRoute, type InternalCreateParts } from './internal-create.ts'
import { lifecycleRoutes, type LifecycleParts } from './lifecycle.ts'
import { listRoute, type ListParts } from './list.ts'
import { readRoutes, type ReadParts } from './read.ts'
import { transferRoutes, type TransferParts } from './transfer.ts'
import { updateRoutes, type UpdateParts } from './update.ts'

export type RepositoryRoutesParts = ListParts &
  CreateRouteParts &
  InternalCreateParts &
  ReadParts &
  UpdateParts &
  LifecycleParts &
  TransferParts

export async function repositoryRoutes(bare: FastifyInstance, parts: RepositoryRoutesParts): Promise<void> {
  const app = bare.withTypeProvider<ZodTypeProvider>()
  listRoute(app, parts)
  createRoute(app, parts)
  readRoutes(app, parts)
  updateRoutes(app, parts)
  lifecycleRoutes(app, parts)
  transferRoutes(app, parts)
  internalCreateRoute(app, parts)
}
