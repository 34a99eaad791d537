/** Branches and tags: one file per endpoint, listed here. */
import type { FastifyInstance } from 'fastify'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import { branchCreateRoute, type BranchCreateParts } from './branch-create.ts'
import { branchDeleteRoute } from './branch-delete.ts'
import { branchReadRoute } from './branch-read.ts'
import { branchesListRoute } from './branches-list.ts'
import { tagCreateRoute, type TagCreateParts } from './tag-create.ts'
import { tagDeleteRoute } from './tag-delete.ts'
import { tagReadRoute, tagsListRoute } from './tags-list.ts'

export type RefRoutesParts = BranchCreateParts & TagCreateParts

export async function refRoutes(bare: FastifyInstance, parts: RefRoutesParts): Promise<void> {
  const app = bare.withTypeProvider<ZodTypeProvider>()
  branchesListRoute(app, parts)
  branchCreateRoute(app, parts)
  branchReadRoute(app, parts)
  branchDeleteRoute(app, parts)
  tagsListRoute(app, parts)
  tagCreateRoute(app, parts)
  tagReadRoute(app, parts)
  tagDeleteRoute(app, parts)
}
