/** `DELETE /repos/{org}/{repo}/branches/{*branch}`, with `If-Match` only where it is. */
import { z } from 'zod'
import { expectedEtag } from '../../../http/conditional.ts'
import {
  accessBelow,
  REPOSITORY_PREFIX,
  RepositoryParams,
  type FindDeleted,
} from '../../../http/repository-routes.ts'
import { writerOf } from '../../../http/writer.ts'
import { failures, type ZodApp } from '../../../http/zod-app.ts'
import type { Door } from '../../../kernel/door.ts'
import { AppError } from '../../../kernel/errors.ts'
import { deleteRef } from './move-ref.ts'
import { RefNameParam, refNamed } from './names.ts'

export interface RefDeleteParts {
  readonly door: Door
  readonly findDeleted: FindDeleted
}

export function branchDeleteRoute(app: ZodApp, { door, findDeleted }: RefDeleteParts): void {
  app.delete(
    `${REPOSITORY_PREFIX}/branches/*`,
    {
      config: { access: accessBelow('write', findDeleted) },
      schema: {
        summary: 'Delete a branch; `If-Match: "<id>"` deletes it only while it points there',
        tags: ['branches'],
        params: RepositoryParams.extend({ '*': RefNameParam }),
        response: { 204: z.null(), ...failures(400, 401, 403, 404, 409, 410, 412, 429, 503) },
      },
    },
    async (request, reply) => {
      const name = request.params['*']
      const ref = refNamed('refs/heads/', name)
      if (ref === null) {
        throw new AppError('NOT_FOUND', { details: { reason: 'no such branch', branch: name } })
      }
      if (name === request.found.repo.defaultBranch) {
        const reason = 'it is the default branch; make another one the default first'
        throw new AppError('CONFLICT', { details: { reason, branch: name } })
      }
      await deleteRef(door, writerOf(request), ref, expectedEtag(request))
      return reply.code(204).send(null)
    },
  )
}
