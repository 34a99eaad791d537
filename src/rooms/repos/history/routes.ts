/** The history of a repository by REST: one file per endpoint, listed here. */
import type { FastifyInstance } from 'fastify'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import { archiveRoute, type ArchiveParts } from './archive.ts'
import { blameRoute, type BlameRouteParts } from './blame.ts'
import { commitDiffRoute, type CommitDiffParts } from './commit-diff.ts'
import { compareRoute, type CompareParts } from './compare.ts'
import { listCommitsRoute, type ListCommitsParts } from './list-commits.ts'
import { readCommitRoute, type ReadCommitParts } from './read-commit.ts'
import { searchRoute, type SearchParts } from './search.ts'

export type HistoryRoutesParts = ListCommitsParts &
  ReadCommitParts &
  CommitDiffParts &
  CompareParts &
  BlameRouteParts &
  SearchParts &
  ArchiveParts

export async function historyRoutes(bare: FastifyInstance, parts: HistoryRoutesParts): Promise<void> {
  const app = bare.withTypeProvider<ZodTypeProvider>()
  listCommitsRoute(app, parts)
  readCommitRoute(app, parts)
  commitDiffRoute(app, parts)
  compareRoute(app, parts)
  blameRoute(app, parts)
  searchRoute(app, parts)
  archiveRoute(app, parts)
}
