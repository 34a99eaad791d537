/** `GET /repos/{org}/{repo}` and `GET /repos/by-id/{id}`; an old name leads to the new one. */
import { z } from 'zod'
import { isFresh, weakEtag } from '../../http/conditional.ts'
import { RepositoryJson, toJson } from '../../http/repository-json.ts'
import { failures, type ZodApp } from '../../http/zod-app.ts'
import { ADDRESS_FORMS, accessTo, type FindDeleted } from '../../http/repository-routes.ts'

export interface ReadParts {
  readonly findDeleted: FindDeleted
  readonly publicBaseUrl: string
}

export function readRoutes(app: ZodApp, { findDeleted, publicBaseUrl }: ReadParts): void {
  for (const form of ADDRESS_FORMS) {
    app.get(
      form.prefix,
      {
        config: { access: accessTo(form, 'read', findDeleted) },
        schema: {
          summary: 'Read a repository',
          tags: ['repositories'],
          params: form.params,
          response: { 200: RepositoryJson, 304: z.null(), ...failures(401, 404, 410, 429) },
        },
      },
      async (request, reply) => {
        const { repo, movedTo } = request.found
        if (movedTo !== undefined) return reply.redirect(`${app.prefix}/repos/${movedTo}`, 301)
        const version = [repo.updatedAt, repo.pushedAt, repo.sizeBytes].join('-')
        if (isFresh(request, reply, weakEtag(version))) return reply.code(304).send(null)
        return reply.send(toJson(repo, publicBaseUrl))
      },
    )
  }
}
