/** `GET …/upstream/status`, for readers. */
import {
  accessBelow,
  REPOSITORY_PREFIX,
  RepositoryParams,
  type FindDeleted,
} from '../../../http/repository-routes.ts'
import { failures, type ZodApp } from '../../../http/zod-app.ts'
import type { Upstreams } from '../../../store/upstreams/upstreams.ts'
import { noUpstream } from '../declare/upstream-json.ts'
import { upstreamStatus, UpstreamStatusJson, type UpstreamStatusParts } from './upstream-status.ts'

export interface ReadStatusParts extends UpstreamStatusParts {
  readonly upstreams: Pick<Upstreams, 'of'>
  readonly findDeleted: FindDeleted
}

export function readStatusRoute(app: ZodApp, parts: ReadStatusParts): void {
  app.get(
    `${REPOSITORY_PREFIX}/upstream/status`,
    {
      config: { access: accessBelow('read', parts.findDeleted, 'without refs') },
      schema: {
        summary: 'Tell how a gate does, and ask its upstream whether it can be reached',
        tags: ['gate'],
        params: RepositoryParams,
        response: { 200: UpstreamStatusJson, ...failures(401, 404, 410, 429) },
      },
    },
    async ({ found }) => {
      const upstream = await parts.upstreams.of(found.repo.id)
      if (upstream === null) throw noUpstream()
      return await upstreamStatus(parts, upstream)
    },
  )
}
