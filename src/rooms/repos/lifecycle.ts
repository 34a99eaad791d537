/** Archive, un-archive, delete and restore a repository. */
import { actorOf } from '../../http/actor.ts'
import { RepositoryJson, toJson } from '../../http/repository-json.ts'
import { failures, type ZodApp } from '../../http/zod-app.ts'
import { AppError } from '../../kernel/errors.ts'
import type { Repositories } from '../../store/repositories.ts'
import { z } from 'zod'
import { ADDRESS_FORMS, accessTo, type FindDeleted } from '../../http/repository-routes.ts'

export interface LifecycleParts {
  readonly repositories: Pick<Repositories, 'update' | 'softDelete' | 'restore'>
  readonly findDeleted: FindDeleted
  readonly publicBaseUrl: string
}

type AddressForm = (typeof ADDRESS_FORMS)[number]

export function lifecycleRoutes(app: ZodApp, parts: LifecycleParts): void {
  for (const form of ADDRESS_FORMS) {
    archiveRoute(app, parts, form, { verb: 'archive', archived: true })
    archiveRoute(app, parts, form, { verb: 'unarchive', archived: false })
    deleteRoute(app, parts, form)
    restoreRoute(app, parts, form)
  }
}

function archiveRoute(
  app: ZodApp,
  { repositories, findDeleted, publicBaseUrl }: LifecycleParts,
  form: AddressForm,
  { verb, archived }: { verb: string; archived: boolean },
): void {
  app.post(
    `${form.prefix}/${verb}`,
    {
      config: { access: accessTo(form, 'admin', findDeleted) },
      schema: {
        summary: archived
          ? 'Archive a repository: it takes no write'
          : 'Let an archived repository be written to',
        tags: ['repositories'],
        params: form.params,
        response: { 200: RepositoryJson, ...failures(401, 403, 404, 410, 429) },
      },
    },
    async (request) => {
      const repo = await repositories.update(request.found.repo.id, { archived }, actorOf(request))
      return toJson(repo, publicBaseUrl)
    },
  )
}

function deleteRoute(app: ZodApp, { repositories, findDeleted }: LifecycleParts, form: AddressForm): void {
  app.delete(
    form.prefix,
    {
      config: { access: accessTo(form, 'admin', findDeleted) },
      schema: {
        summary: 'Delete a repository; it can be restored for 30 days',
        tags: ['repositories'],
        params: form.params,
        response: { 204: z.null(), ...failures(401, 403, 404, 410, 429) },
      },
    },
    async (request, reply) => {
      await repositories.softDelete(request.found.repo.id, actorOf(request))
      return reply.code(204).send(null)
    },
  )
}

function restoreRoute(
  app: ZodApp,
  { repositories, findDeleted, publicBaseUrl }: LifecycleParts,
  form: AddressForm,
): void {
  app.post(
    `${form.prefix}/restore`,
    {
      config: { access: accessTo(form, 'admin', findDeleted, 'allowed') },
      schema: {
        summary: 'Restore a deleted repository; 409 when its name was given away',
        tags: ['repositories'],
        params: form.params,
        response: { 200: RepositoryJson, ...failures(401, 403, 404, 409, 429) },
      },
    },
    async (request) => {
      const { repo } = request.found
      if (repo.state !== 'deleted') throw new AppError('CONFLICT', { details: { reason: 'not deleted' } })
      return toJson(await repositories.restore(repo.id, actorOf(request)), publicBaseUrl)
    },
  )
}
