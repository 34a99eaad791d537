/** `GET /repos/{org}/{repo}/pulls/{id}`. */
import { z } from 'zod'
import { isFresh } from '../../http/conditional.ts'
import { accessBelow, type FindDeleted } from '../../http/repository-routes.ts'
import { failures, type ZodApp } from '../../http/zod-app.ts'
import { PULL, PullParams } from './fields.ts'
import { findPull, type FindPullParts } from './find-pull.ts'
import { etagOf, PullJson, toJson } from './pull-json.ts'

export interface ReadPullParts extends FindPullParts {
  readonly findDeleted: FindDeleted
}

export function readRoute(app: ZodApp, parts: ReadPullParts): void {
  app.get(
    PULL,
    {
      config: { access: accessBelow('read', parts.findDeleted) },
      schema: {
        summary: 'Read a pull request',
        tags: ['pull requests'],
        params: PullParams,
        response: { 200: PullJson, 304: z.null(), ...failures(400, 401, 404, 410, 429) },
      },
    },
    async (request, reply) => {
      const shown = toJson(await findPull(parts, request.found.repo, request.params.id))
      if (isFresh(request, reply, etagOf(shown))) return reply.code(304).send(null)
      return reply.send(shown)
    },
  )
}
