/** The pull requests of the REST API: one file per endpoint, listed here. */
import type { FastifyInstance } from 'fastify'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import { closeRoute, reopenRoute, type ClosePullParts } from './close.ts'
import { commitsRoute, type CommitsParts } from './commits.ts'
import { conflictsRoute, type ConflictsParts } from './conflicts.ts'
import { diffRoute, type DiffParts } from './diff.ts'
import { listRoute, type ListPullsParts } from './list.ts'
import { mergeRoute, type MergeRouteParts } from './merge.ts'
import { mergeabilityRoute, type MergeabilityParts } from './mergeability.ts'
import { openRoute, type OpenPullParts } from './open.ts'
import { readRoute, type ReadPullParts } from './read.ts'
import { updateRoute, type UpdatePullParts } from './update.ts'

export type PullRoutesParts = ListPullsParts &
  OpenPullParts &
  ReadPullParts &
  UpdatePullParts &
  ClosePullParts &
  DiffParts &
  CommitsParts &
  MergeabilityParts &
  ConflictsParts &
  MergeRouteParts

export async function pullRoutes(bare: FastifyInstance, parts: PullRoutesParts): Promise<void> {
  const app = bare.withTypeProvider<ZodTypeProvider>()
  listRoute(app, parts)
  openRoute(app, parts)
  readRoute(app, parts)
  updateRoute(app, parts)
  closeRoute(app, parts)
  reopenRoute(app, parts)
  diffRoute(app, parts)
  commitsRoute(app, parts)
  mergeabilityRoute(app, parts)
  conflictsRoute(app, parts)
  mergeRoute(app, parts)
}
