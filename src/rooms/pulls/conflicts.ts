/** `GET …/pulls/{id}/conflicts`: what stands in the way, file by file. */
import { z } from 'zod'
import { isFresh, weakEtag } from '../../http/conditional.ts'
import { readerOf } from '../../http/reader.ts'
import { accessBelow, type FindDeleted } from '../../http/repository-routes.ts'
import { failures, type ZodApp } from '../../http/zod-app.ts'
import { AppError } from '../../kernel/errors.ts'
import type { Door } from '../../kernel/door.ts'
import { ConflictsJson, toConflictsJson } from './conflicts-json.ts'
import { PULL, PullParams } from './fields.ts'
import { findPull, type FindPullParts } from './find-pull.ts'
import type { FaultParts } from './merge-fault.ts'
import { mergingTips } from './merging-tips.ts'

const Query = z.object({
  content: z
    .enum(['true', 'false'])
    .default('true')
    .meta({ description: '`false` leaves the content of each side out' }),
})

export interface ConflictsParts extends FindPullParts, FaultParts {
  readonly door: Pick<Door, 'store'>
  readonly findDeleted: FindDeleted
}

export function conflictsRoute(app: ZodApp, parts: ConflictsParts): void {
  app.get(
    `${PULL}/conflicts`,
    {
      config: { access: accessBelow('read', parts.findDeleted) },
      schema: {
        summary: 'Show what stands in the way of a merge',
        tags: ['pull requests'],
        params: PullParams,
        querystring: Query,
        response: { 200: ConflictsJson, 304: z.null(), ...failures(400, 401, 404, 410, 422, 429, 503) },
      },
    },
    async (request, reply) => {
      const { repo } = request.found
      const pull = await findPull(parts, repo, request.params.id)
      const { source, target } = await mergingTips(parts.door.store, repo, pull)
      if (target === null) {
        const details = { reason: 'no such branch', branch: pull.targetBranch }
        throw new AppError('UNPROCESSABLE', { details })
      }
      if (isFresh(request, reply, weakEtag(`${source}-${target}`))) return reply.code(304).send(null)
      const content = request.query.content === 'true'
      const found = await parts.conflictsOf(readerOf(request, reply), { source, target }, { content })
      return reply.send(toConflictsJson(found))
    },
  )
}
