/** The two places where webhooks are looked after: below a repository and below an organisation. */
import type { FastifyRequest } from 'fastify'
import { z } from 'zod'
import { Organisation } from '../../../http/fields.ts'
import {
  accessBelow,
  REPOSITORY_PREFIX,
  RepositoryParams,
  type FindDeleted,
} from '../../../http/repository-routes.ts'
import type { Access } from '../../../http/route-config.ts'
import type { OwnedOrganization } from '../../../kernel/owned-organization.ts'
import type { HookOwner } from '../../../store/hooks/hook.ts'

export interface HookScope {
  /** Of its routes. */
  readonly prefix: string
  /** Those of its prefix: a repository's, too, or only an organisation's. */
  readonly params: z.ZodObject<{ org: z.ZodType<string, string> }>
  readonly access: Access
  /** For summaries. */
  readonly of: 'a repository' | 'an organisation'
  /** @throws AppError unless whoever asks owns it */
  readonly ownerOf: (request: FastifyRequest) => Promise<HookOwner>
}

export interface HookScopeParts {
  readonly findDeleted: FindDeleted
  readonly ownedOrganization: OwnedOrganization
}

export function hookScopes({ findDeleted, ownedOrganization }: HookScopeParts): readonly HookScope[] {
  return [
    {
      prefix: `${REPOSITORY_PREFIX}/hooks`,
      params: RepositoryParams,
      access: accessBelow('admin', findDeleted),
      of: 'a repository',
      ownerOf: ({ found }) => Promise.resolve({ kind: 'repository', id: found.repo.id }),
    },
    {
      prefix: '/orgs/:org/hooks',
      params: z.object({ org: Organisation }),
      access: { kind: 'signed-in' },
      of: 'an organisation',
      ownerOf: async ({ principal, params }) => {
        const { id } = await ownedOrganization(principal, (params as { org: string }).org)
        return { kind: 'organisation', id }
      },
    },
  ]
}

const Id = z.uuid().toLowerCase()

export function hookParams({ params }: HookScope) {
  return params.extend({ id: Id })
}

export function deliveryParams({ params }: HookScope) {
  return params.extend({ id: Id, deliveryId: Id })
}
