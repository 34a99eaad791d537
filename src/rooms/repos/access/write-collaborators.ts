/** `PUT` and `DELETE …/collaborators/{userId}`: counts from the next request of the account on, whatever its token says. */
import { z } from 'zod'
import { actorOf } from '../../../http/actor.ts'
import { accessBelow, REPOSITORY_PREFIX, type FindDeleted } from '../../../http/repository-routes.ts'
import { failures, type ZodApp } from '../../../http/zod-app.ts'
import type { Collaborators } from '../../../store/collaborators.ts'
import {
  CollaboratorJson,
  collaboratorJson,
  CollaboratorParams,
  noSuchCollaborator,
  RoleName,
} from './collaborator-json.ts'

const Body = z.object({ role: RoleName }).meta({ example: { role: 'writer' } })

export interface WriteCollaboratorsParts {
  readonly collaborators: Pick<Collaborators, 'find' | 'put' | 'remove'>
  readonly findDeleted: FindDeleted
}

export function writeCollaboratorRoutes(app: ZodApp, parts: WriteCollaboratorsParts): void {
  const { collaborators, findDeleted } = parts
  const access = accessBelow('admin', findDeleted)
  app.put(
    `${REPOSITORY_PREFIX}/collaborators/:userId`,
    {
      config: { access },
      schema: {
        summary: 'Give an account a role in a repository; 409 when that would leave no owner',
        tags: ['collaborators'],
        params: CollaboratorParams,
        body: Body,
        response: {
          200: CollaboratorJson,
          201: CollaboratorJson,
          ...failures(400, 401, 403, 404, 409, 410, 429),
        },
      },
    },
    async (request, reply) => {
      const { repo } = request.found
      const given = { accountId: request.params.userId, role: request.body.role }
      const result = await collaborators.put(repo.id, given, actorOf(request))
      const place = `${app.prefix}/repos/${repo.orgSlug}/${repo.slug}/collaborators/${given.accountId}`
      if (result === 'added') reply.code(201).header('location', place)
      const known = await collaborators.find(repo.id, given.accountId)
      return collaboratorJson({ displayName: known?.displayName ?? null, ...given })
    },
  )
  app.delete(
    `${REPOSITORY_PREFIX}/collaborators/:userId`,
    {
      config: { access },
      schema: {
        summary: 'Take the role of an account in a repository; 409 when that would leave no owner',
        tags: ['collaborators'],
        params: CollaboratorParams,
        response: { 204: z.null(), ...failures(400, 401, 403, 404, 409, 410, 429) },
      },
    },
    async (request, reply) => {
      const { userId } = request.params
      const wasOne = await collaborators.remove(request.found.repo.id, userId, actorOf(request))
      if (!wasOne) throw noSuchCollaborator(userId)
      return reply.code(204).send(null)
    },
  )
}
