/** `DELETE …/upstream`: the repository is no gate any more. */
import { z } from 'zod'
import { actorOf } from '../../../http/actor.ts'
import {
  accessBelow,
  REPOSITORY_PREFIX,
  RepositoryParams,
  type FindDeleted,
} from '../../../http/repository-routes.ts'
import { failures, type ZodApp } from '../../../http/zod-app.ts'
import type { RepoId } from '../../../kernel/ids.ts'
import type { Along, Upstreams } from '../../../store/upstreams/upstreams.ts'
import { noUpstream } from './upstream-json.ts'

export interface RemoveUpstreamParts {
  readonly upstreams: Pick<Upstreams, 'remove'>
  readonly findDeleted: FindDeleted
  /** Lets go of the keys that were registered for it. */
  readonly releaseKeys: Along
  /** What is remembered of the upstream is worth nothing any more. */
  readonly onChanged: (repoId: RepoId) => void
}

export function removeUpstreamRoute(app: ZodApp, parts: RemoveUpstreamParts): void {
  app.delete(
    `${REPOSITORY_PREFIX}/upstream`,
    {
      config: { access: accessBelow('admin', parts.findDeleted) },
      schema: {
        summary: 'Make the repository an ordinary one again; it keeps what it holds',
        tags: ['gate'],
        params: RepositoryParams,
        response: { 204: z.null(), ...failures(401, 403, 404, 410, 429) },
      },
    },
    async (request, reply) => {
      const { id } = request.found.repo
      const removed = await parts.upstreams.remove(id, actorOf(request), parts.releaseKeys)
      if (removed === null) throw noUpstream()
      parts.onChanged(id)
      return reply.code(204).send(null)
    },
  )
}
