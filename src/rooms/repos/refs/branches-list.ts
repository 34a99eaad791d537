/** `GET /repos/{org}/{repo}/branches`: by name. */
import { z } from 'zod'
import { isFresh, weakEtag } from '../../../http/conditional.ts'
import { linkNext } from '../../../http/pagination.ts'
import {
  accessBelow,
  REPOSITORY_PREFIX,
  RepositoryParams,
  type FindDeleted,
} from '../../../http/repository-routes.ts'
import { failures, type ZodApp } from '../../../http/zod-app.ts'
import type { StoredObjects } from '../../../git/objects/stored-objects.ts'
import type { RefSnapshots } from '../../../git/refs/ref-snapshots.ts'
import { BranchJson, toBranchJson, type ProtectionsOf } from './branch-json.ts'
import { pageOfRefs, RefsQuery, versionOf } from './page-of-refs.ts'

export interface BranchesListParts {
  readonly snapshots: Pick<RefSnapshots, 'get'>
  readonly objects: Pick<StoredObjects, 'commit'>
  readonly protectionsOf: ProtectionsOf
  readonly findDeleted: FindDeleted
}

export function branchesListRoute(app: ZodApp, parts: BranchesListParts): void {
  app.get(
    `${REPOSITORY_PREFIX}/branches`,
    {
      config: { access: accessBelow('read', parts.findDeleted) },
      schema: {
        summary: 'List branches',
        tags: ['branches'],
        params: RepositoryParams,
        querystring: RefsQuery,
        response: { 200: z.array(BranchJson), 304: z.null(), ...failures(400, 401, 404, 410, 429) },
      },
    },
    async (request, reply) => {
      const { repo } = request.found
      const [snapshot, isProtected] = await Promise.all([
        parts.snapshots.get(repo),
        parts.protectionsOf(repo),
      ])
      const page = pageOfRefs(snapshot, 'refs/heads/', request.query)
      const facts = page.items.map(({ short, oid }) => ({
        name: short,
        headCommit: oid,
        isDefault: short === repo.defaultBranch,
        protected: isProtected(short),
      }))
      linkNext(request, reply, page.nextCursor)
      if (isFresh(request, reply, weakEtag(versionOf([facts, page.nextCursor])))) {
        return reply.code(304).send(null)
      }
      return reply.send(await Promise.all(facts.map((branch) => toBranchJson(parts.objects, repo, branch))))
    },
  )
}
