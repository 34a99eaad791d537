/** All repositories of one identifier with what counts for each of them, as it is at the beginning of a turn. */
import type { RepoId } from '../../../kernel/ids.ts'
import type { GraspRepositories, GraspRepository } from '../../../store/nostr/grasp-repositories.ts'
import type { NostrEvents } from '../../../store/nostr/nostr-events.ts'
import {
  authorisedStates,
  candidatesOf,
  readSigned,
  type SignedEvents,
  type SignedState,
} from '../authorised-states.ts'
import type { MaintainerRule } from '../maintainers.ts'

/** A repository that is announced. */
export interface Member {
  readonly repository: GraspRepository
  /** Newest first. */
  readonly authorised: readonly SignedState[]
  /** Newest first: what it may become. */
  readonly candidates: readonly SignedState[]
}

export interface Family {
  readonly signed: SignedEvents
  readonly members: readonly Member[]
  /** Tips that contributors keep here for repositories of this identifier. */
  readonly contributed: readonly GraspRepository[]
}

export interface FamilyParts {
  readonly events: Pick<NostrEvents, 'find'>
  readonly repositories: Pick<GraspRepositories, 'ofIdentifier'>
  readonly rule: MaintainerRule
}

export async function readFamily(
  { events, repositories, rule }: FamilyParts,
  identifier: string,
): Promise<Family> {
  const [signed, announced, contributed] = await Promise.all([
    readSigned(events, identifier),
    repositories.ofIdentifier(identifier, 'announced'),
    repositories.ofIdentifier(identifier, 'contributed'),
  ])
  const members = announced.map((repository) => {
    const authorised = authorisedStates(repository.owner, signed, rule)
    return { repository, authorised, candidates: candidatesOf(authorised, repository.appliedStateId) }
  })
  return { signed, members, contributed }
}

/** Where the objects of a state may come from: repositories whose maintainer set its author belongs to. */
export function sourcesOf({ members }: Family, state: SignedState): readonly GraspRepository[] {
  return members
    .filter(({ authorised }) => authorised.some(({ id }) => id === state.id))
    .map(({ repository }) => repository)
}

export function memberOf({ members }: Family, repoId: RepoId): Member | null {
  return members.find(({ repository }) => repository.repo.id === repoId) ?? null
}
