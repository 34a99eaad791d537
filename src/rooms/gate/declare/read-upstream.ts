/** `GET …/upstream`, for owners. */
import {
  accessBelow,
  REPOSITORY_PREFIX,
  RepositoryParams,
  type FindDeleted,
} from '../../../http/repository-routes.ts'
import { failures, type ZodApp } from '../../../http/zod-app.ts'
import type { Upstreams } from '../../../store/upstreams/upstreams.ts'
import { noUpstream, UpstreamJson, upstreamJson } from './upstream-json.ts'

export interface ReadUpstreamParts {
  readonly upstreams: Pick<Upstreams, 'of'>
  readonly findDeleted: FindDeleted
}

export function readUpstreamRoute(app: ZodApp, { upstreams, findDeleted }: ReadUpstreamParts): void {
  app.get(
    `${REPOSITORY_PREFIX}/upstream`,
    {
      config: { access: accessBelow('admin', findDeleted) },
      schema: {
        summary: 'Read the upstream of a repository, without its secrets',
        tags: ['gate'],
        params: RepositoryParams,
        response: { 200: UpstreamJson, ...failures(401, 403, 404, 410, 429) },
      },
    },
    async ({ found }) => {
      const upstream = await upstreams.of(found.repo.id)
      if (upstream === null) throw noUpstream()
      return upstreamJson(upstream)
    },
  )
}
