/** Commits made through the REST API. */
import type { FastifyInstance } from 'fastify'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import { commitCreateRoute, type CommitCreateParts } from './commit-create.ts'

export async function commitRoutes(bare: FastifyInstance, parts: CommitCreateParts): Promise<void> {
  commitCreateRoute(bare.withTypeProvider<ZodTypeProvider>(), parts)
}
