/** The two addresses under which the REST API serves a repository, and who may call what lies below them. */
import type { FastifyRequest } from 'fastify'
import { z } from 'zod'
import { addressById, addressByPath } from './repository-address.ts'
import type { Access, RepositoryAccess } from './route-config.ts'
import type { Action } from '../kernel/grants.ts'
import type { RepositoryAddress } from '../kernel/repository.ts'

interface AddressForm {
  readonly prefix: string
  readonly params: z.ZodObject
  readonly address: (request: FastifyRequest) => RepositoryAddress
}

/** Parameters of `/repos/:org/:repo/…`; extend them with a route's own. */
export const RepositoryParams = z.object({
  org: z.string().meta({ description: 'slug or UUID of the organisation' }),
  repo: z.string().meta({ description: 'slug of the repository, with or without `.git`' }),
})

export const ADDRESS_FORMS: readonly AddressForm[] = [
  { prefix: '/repos/:org/:repo', params: RepositoryParams, address: addressByPath },
  { prefix: '/repos/by-id/:id', params: z.object({ id: z.string() }), address: addressById },
]

/** Looks among the deleted ones when no reader can see such a repository. */
export type FindDeleted = NonNullable<RepositoryAccess['whenMissing']>

/**
 * Every route here tells the owner of a deleted repository that it is gone, and not that it never was. They are
 * about the repository itself: none shows refs.
 */
export function accessTo(
  form: AddressForm,
  action: Action,
  findDeleted: FindDeleted,
  deleted?: 'allowed',
): Access {
  const { address } = form
  const access = { kind: 'repository', action, address, whenMissing: findDeleted, withoutRefs: true } as const
  return deleted ? { ...access, deleted } : access
}

/** What lies below a repository is served under its name only. */
export const REPOSITORY_PREFIX = '/repos/:org/:repo'

/** @param refs `without refs`: it neither shows them nor builds on them, so no upstream is asked first */
export function accessBelow(action: Action, findDeleted: FindDeleted, refs?: 'without refs'): Access {
  const access = { kind: 'repository', action, address: addressByPath, whenMissing: findDeleted } as const
  return refs ? { ...access, withoutRefs: true } : access
}
