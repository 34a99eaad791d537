/** Somebody with a role in a repository, as the REST API shows it. */
import { z } from 'zod'
import { RepositoryParams } from '../../../http/repository-routes.ts'
import { AppError } from '../../../kernel/errors.ts'
import type { NamedCollaborator } from '../../../store/collaborators.ts'
import { AccountId } from '../fields.ts'

export const RoleName = z.enum(['owner', 'writer', 'reader'])

export const CollaboratorParams = RepositoryParams.extend({
  userId: AccountId.meta({ description: 'account; one that has not been seen yet will have the role' }),
})

export const CollaboratorJson = z
  .object({ userId: z.string(), role: RoleName, displayName: z.string().nullable() })
  .meta({
    id: 'Collaborator',
    example: { userId: '0199c0de-0000-7000-8000-00000000000b', role: 'writer', displayName: 'Ada' },
  })

export function collaboratorJson(collaborator: NamedCollaborator): z.output<typeof CollaboratorJson> {
  const { accountId, role, displayName } = collaborator
  return { userId: accountId, role, displayName }
}

export function noSuchCollaborator(userId: string): AppError {
  return new AppError('NOT_FOUND', { details: { reason: 'no such collaborator', userId } })
}
