/** `POST …/upstream/key/rotate` and `POST …/upstream/key/revoke`, for owners. */
import { actorOf } from '../../../http/actor.ts'
import { abortWhenGone } from '../../../http/client-gone.ts'
import {
  accessBelow,
  REPOSITORY_PREFIX,
  RepositoryParams,
  type FindDeleted,
} from '../../../http/repository-routes.ts'
import { failures, type ZodApp } from '../../../http/zod-app.ts'
import type { RepoId } from '../../../kernel/ids.ts'
import type { DeployKeys } from '../../../store/upstreams/deploy-keys.ts'
import type { UpstreamKeys } from '../../../store/upstreams/upstream-keys.ts'
import type { Upstreams } from '../../../store/upstreams/upstreams.ts'
import { noUpstream } from '../declare/upstream-json.ts'
import { rotateKey, type RotateKeyParts } from './rotate-key.ts'
import { UpstreamKeyJson, upstreamKeyJson } from './upstream-key-json.ts'

export interface KeyRoutesParts extends RotateKeyParts {
  readonly upstreams: Pick<Upstreams, 'of'>
  readonly upstreamKeys: RotateKeyParts['upstreamKeys'] & Pick<UpstreamKeys, 'revoke'>
  readonly deployKeys: RotateKeyParts['deployKeys'] & Pick<DeployKeys, 'ofRepository'>
  readonly findDeleted: FindDeleted
  /** What is remembered of the upstream is worth nothing any more. */
  readonly onChanged: (repoId: RepoId) => void
}

export function keyRoutes(app: ZodApp, parts: KeyRoutesParts): void {
  const { upstreams, upstreamKeys, deployKeys } = parts
  const access = accessBelow('admin', parts.findDeleted)
  app.post(
    `${REPOSITORY_PREFIX}/upstream/key/rotate`,
    {
      config: { access },
      schema: {
        summary: 'Replace the deploy key of a gate: the new one is made and tried, then the old one goes',
        tags: ['gate'],
        params: RepositoryParams,
        response: { 200: UpstreamKeyJson, ...failures(401, 403, 404, 409, 410, 422, 429, 503) },
      },
    },
    async (request, reply) => {
      const { id } = request.found.repo
      const upstream = await upstreams.of(id)
      if (!upstream) throw noUpstream()
      const fingerprint = await rotateKey(parts, upstream, actorOf(request), abortWhenGone(reply.raw))
      parts.onChanged(id)
      return upstreamKeyJson(upstream.provider, fingerprint, await deployKeys.ofRepository(id))
    },
  )
  app.post(
    `${REPOSITORY_PREFIX}/upstream/key/revoke`,
    {
      config: { access },
      schema: {
        summary:
          'End the access of a gate to its upstream at once; a deploy key is removed at the forge, too',
        tags: ['gate'],
        params: RepositoryParams,
        response: { 200: UpstreamKeyJson, ...failures(401, 403, 404, 410, 429) },
      },
    },
    async (request) => {
      const { id } = request.found.repo
      const upstream = await upstreams.of(id)
      if (!upstream || !(await upstreamKeys.revoke(id, actorOf(request)))) throw noUpstream()
      parts.onChanged(id)
      return upstreamKeyJson(upstream.provider, null, await deployKeys.ofRepository(id))
    },
  )
}
