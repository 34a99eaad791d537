/** `POST …/upstream/refresh`: asks the upstream now, whatever the gate allows, and answers as the status does. */
import {
  accessBelow,
  REPOSITORY_PREFIX,
  RepositoryParams,
  type FindDeleted,
} from '../../../http/repository-routes.ts'
import { failures, type ZodApp } from '../../../http/zod-app.ts'
import type { Upstreams } from '../../../store/upstreams/upstreams.ts'
import { noUpstream } from '../declare/upstream-json.ts'
import { upstreamStatus, UpstreamStatusJson, type UpstreamStatusParts } from '../status/upstream-status.ts'
import type { Refresher } from './refresher.ts'

export interface RefreshRouteParts extends UpstreamStatusParts {
  readonly refresher: Pick<Refresher, 'now'>
  readonly upstreams: Pick<Upstreams, 'of'>
  readonly findDeleted: FindDeleted
}

export function refreshRoute(app: ZodApp, parts: RefreshRouteParts): void {
  app.post(
    `${REPOSITORY_PREFIX}/upstream/refresh`,
    {
      config: { access: accessBelow('write', parts.findDeleted, 'without refs') },
      schema: {
        summary: 'Take over now what the upstream of a gate has',
        tags: ['gate'],
        params: RepositoryParams,
        response: { 200: UpstreamStatusJson, ...failures(401, 403, 404, 410, 429, 503) },
      },
    },
    async ({ found: { repo } }) => {
      if ((await parts.upstreams.of(repo.id)) === null) throw noUpstream()
      await parts.refresher.now(repo)
      const upstream = await parts.upstreams.of(repo.id)
      if (upstream === null) throw noUpstream()
      return await upstreamStatus(parts, upstream)
    },
  )
}
