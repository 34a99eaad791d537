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

/** Refs are shown that are older than they should be, because their owner prefers that to none. */
export interface Staleness {
  /** Host of the upstream that could not be asked. */
  readonly upstream: string
  /** How long ago the upstream had these refs, at the latest. */
  readonly ageMs: number
  /** Why it could not be asked now, in fixed words. */
  readonly reason: string
}

/**
 * Passed by whoever is about to show refs of a repository, or to build on them, once it may be read: so they are
 * as they should be at this moment.
 *
 * @returns `null`: they are
 * @throws AppError what refuses the reader: nothing old is shown instead
 */
export type ReadGate = (repo: Repository, principal: Principal) => Promise<Staleness | null>
