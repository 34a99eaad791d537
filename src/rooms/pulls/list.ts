/** `GET /repos/{org}/{repo}/pulls`: newest first. */
import { z } from 'zod'
import { isFresh } from '../../http/conditional.ts'
import { linkNext, pageQuery } from '../../http/pagination.ts'
import { accessBelow, RepositoryParams, type FindDeleted } from '../../http/repository-routes.ts'
import { failures, type ZodApp } from '../../http/zod-app.ts'
import type { PullRequests } from '../../store/pulls.ts'
import { BranchName, PULLS } from './fields.ts'
import type { Door } from '../../kernel/door.ts'
import { withTargetsNow } from './find-pull.ts'
import type { LogFollower } from '../../store/log/log-follower.ts'
import { etagOf, PullJson, toJson } from './pull-json.ts'

const Query = z.object({
  ...pageQuery({ default: 20, max: 100 }),
  status: z.enum(['open', 'closed', 'merged']).optional(),
  authorId: z.uuid().toLowerCase().optional(),
  sourceBranch: BranchName.optional(),
  targetBranch: BranchName.optional(),
})

export interface ListPullsParts {
  readonly pulls: Pick<PullRequests, 'list'>
  readonly follower: Pick<LogFollower, 'caughtUp'>
  readonly door: Pick<Door, 'store'>
  readonly findDeleted: FindDeleted
}

export function listRoute(app: ZodApp, { pulls, follower, door, findDeleted }: ListPullsParts): void {
  app.get(
    PULLS,
    {
      config: { access: accessBelow('read', findDeleted) },
      schema: {
        summary: 'List pull requests',
        tags: ['pull requests'],
        params: RepositoryParams,
        querystring: Query,
        response: { 200: z.array(PullJson), 304: z.null(), ...failures(400, 401, 404, 410, 429) },
      },
    },
    async (request, reply) => {
      const { limit, offset, cursor, ...filter } = request.query
      const { repo } = request.found
      await follower.caughtUp(repo.id)
      const page = await pulls.list({ ...filter, repoId: repo.id }, { limit, offset, cursor })
      linkNext(request, reply, page.nextCursor)
      const shown = (await withTargetsNow(door.store, repo, page.items)).map(toJson)
      if (isFresh(request, reply, etagOf([shown, page.nextCursor]))) return reply.code(304).send(null)
      return reply.send(shown)
    },
  )
}
