/** `DELETE /repos/{org}/{repo}/tags/{*tag}`, with `If-Match` only where it is. */
import { z } from 'zod'
import { expectedEtag } from '../../../http/conditional.ts'
import { accessBelow, REPOSITORY_PREFIX, RepositoryParams } from '../../../http/repository-routes.ts'
import { writerOf } from '../../../http/writer.ts'
import { failures, type ZodApp } from '../../../http/zod-app.ts'
import { AppError } from '../../../kernel/errors.ts'
import type { RefDeleteParts } from './branch-delete.ts'
import { deleteRef } from './move-ref.ts'
import { RefNameParam, refNamed } from './names.ts'

export function tagDeleteRoute(app: ZodApp, { door, findDeleted }: RefDeleteParts): void {
  app.delete(
    `${REPOSITORY_PREFIX}/tags/*`,
    {
      config: { access: accessBelow('write', findDeleted) },
      schema: {
        summary: 'Delete a tag; `If-Match: "<id>"` deletes it only while it points there',
        tags: ['tags'],
        params: RepositoryParams.extend({ '*': RefNameParam }),
        response: { 204: z.null(), ...failures(400, 401, 403, 404, 409, 410, 412, 429, 503) },
      },
    },
    async (request, reply) => {
      const name = request.params['*']
      const ref = refNamed('refs/tags/', name)
      if (ref === null) throw new AppError('NOT_FOUND', { details: { reason: 'no such tag', tag: name } })
      await deleteRef(door, writerOf(request), ref, expectedEtag(request))
      return reply.code(204).send(null)
    },
  )
}
