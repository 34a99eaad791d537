/** `GET …/collaborators` and `GET …/collaborators/{userId}`. */
import { z } from 'zod'
import {
  accessBelow,
  REPOSITORY_PREFIX,
  RepositoryParams,
  type FindDeleted,
} from '../../../http/repository-routes.ts'
import { failures, type ZodApp } from '../../../http/zod-app.ts'
import type { Collaborators } from '../../../store/collaborators.ts'
import {
  CollaboratorJson,
  collaboratorJson,
  CollaboratorParams,
  noSuchCollaborator,
} from './collaborator-json.ts'

export interface ReadCollaboratorsParts {
  readonly collaborators: Pick<Collaborators, 'list' | 'find'>
  readonly findDeleted: FindDeleted
}

export function readCollaboratorRoutes(app: ZodApp, parts: ReadCollaboratorsParts): void {
  const { collaborators, findDeleted } = parts
  const access = accessBelow('admin', findDeleted)
  app.get(
    `${REPOSITORY_PREFIX}/collaborators`,
    {
      config: { access },
      schema: {
        summary: 'List who has a role in a repository, its owner first',
        tags: ['collaborators'],
        params: RepositoryParams,
        response: { 200: z.array(CollaboratorJson), ...failures(401, 403, 404, 410, 429) },
      },
    },
    async ({ found }) => (await collaborators.list(found.repo.id)).map(collaboratorJson),
  )
  app.get(
    `${REPOSITORY_PREFIX}/collaborators/:userId`,
    {
      config: { access },
      schema: {
        summary: 'Read the role of one account in a repository',
        tags: ['collaborators'],
        params: CollaboratorParams,
        response: { 200: CollaboratorJson, ...failures(400, 401, 403, 404, 410, 429) },
      },
    },
    async ({ found, params }) => {
      const collaborator = await collaborators.find(found.repo.id, params.userId)
      if (!collaborator) throw noSuchCollaborator(params.userId)
      return collaboratorJson(collaborator)
    },
  )
}
