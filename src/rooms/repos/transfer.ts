/** `POST …/transfer`: an owner moves a repository to another organisation. */
import { z } from 'zod'
import { actorOf, type Actor } from '../../http/actor.ts'
import { RepositoryJson, toJson } from '../../http/repository-json.ts'
import { failures, type ZodApp } from '../../http/zod-app.ts'
import { AppError } from '../../kernel/errors.ts'
import type { RepoId } from '../../kernel/ids.ts'
import type { Repository } from '../../kernel/repository.ts'
import { ADDRESS_FORMS, accessTo, type FindDeleted } from '../../http/repository-routes.ts'
import { checkMayCreate, type CreatePermission } from './create-repository.ts'
import { Organisation } from './fields.ts'

const Body = z.object({ orgId: Organisation }).meta({ example: { orgId: 'newco' } })

export interface TransferParts extends CreatePermission {
  /** @throws AppError `REPO_NOT_FOUND`, `ALREADY_EXISTS` */
  readonly transfer: (id: RepoId, org: string, by: Actor) => Promise<Repository>
  readonly findDeleted: FindDeleted
  readonly publicBaseUrl: string
}

export function transferRoutes(app: ZodApp, parts: TransferParts): void {
  for (const form of ADDRESS_FORMS) {
    app.post(
      `${form.prefix}/transfer`,
      {
        config: { access: accessTo(form, 'admin', parts.findDeleted) },
        schema: {
          summary: 'Move a repository to another organisation; the old address leads to the new one',
          tags: ['repositories'],
          params: form.params,
          body: Body,
          response: { 200: RepositoryJson, ...failures(400, 401, 403, 404, 409, 410, 429) },
        },
      },
      async (request) => {
        const { repo } = request.found
        if (repo.archived) throw new AppError('REPO_ARCHIVED', { details: { reason: 'archived' } })
        await checkMayCreate(parts, request.principal, request.body.orgId, repo.slug)
        const moved = await parts.transfer(repo.id, request.body.orgId, actorOf(request))
        return toJson(moved, parts.publicBaseUrl)
      },
    )
  }
}
