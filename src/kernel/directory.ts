/** Looking a repository up by the name a client gave it, with the caller's standing towards it. */
import type { Resource } from './access.ts'
import type { Principal } from './principal.ts'
import type { Repository, RepositoryAddress } from './repository.ts'

export interface FoundRepository {
  readonly repo: Repository
  readonly resource: Resource
  /** Set when the address is an old name: `<orgSlug>/<slug>` as it is now. */
  readonly movedTo?: string
}

/** Reads role and row live; `null` when there is none. Does not judge: see `judge` in access.ts. */
export type FindRepository = (
  address: RepositoryAddress,
  principal: Principal,
) => Promise<FoundRepository | null>

/**
 * Passed by whoever is about to show refs of a repository, or to build on them, once it may be read: so they are
 * as they should be at this moment.
 *
 * @throws AppError what refuses the reader: nothing old is shown instead
 */
export type ReadGate = (repo: Repository, principal: Principal) => Promise<void>
