/** What the page of a repository tells of it, read from its rows, its events and its refs. No HTML. */
import type { ListedRef } from '../../../git/refs/ref-snapshot.ts'
import type { Repository } from '../../../kernel/repository.ts'
import type { NostrEvent } from '../../../nostr/event.ts'
import type { GraspRepositories, GraspRepository } from '../../../store/nostr/grasp-repositories.ts'
import type { NostrEvents } from '../../../store/nostr/nostr-events.ts'
import { readSigned } from '../authorised-states.ts'
import { maintainersOf, type MaintainerRule } from '../maintainers.ts'

export interface ShownRepository {
  readonly repository: GraspRepository
  /** Keys, the owner's first. */
  readonly maintainers: readonly string[]
  /** What its branches and tags were declared by. */
  readonly state: NostrEvent | null
  readonly branches: readonly ListedRef[]
  readonly tags: readonly ListedRef[]
  /** Of pull requests. */
  readonly tips: readonly ListedRef[]
}

export interface ShownParts {
  readonly repositories: Pick<GraspRepositories, 'byRepoId'>
  readonly events: Pick<NostrEvents, 'find'>
  readonly rule: MaintainerRule
  /** In git's order. */
  readonly refsOf: (repo: Repository, prefix: string) => Promise<readonly ListedRef[]>
}

/** @returns `null` when no event announces it (any more) */
export async function readShown(parts: ShownParts, repo: Repository): Promise<ShownRepository | null> {
  const repository = await parts.repositories.byRepoId(repo.id)
  if (repository === null) return null
  const [signed, branches, tags, tips] = await Promise.all([
    readSigned(parts.events, repository.identifier),
    parts.refsOf(repo, 'refs/heads/'),
    parts.refsOf(repo, 'refs/tags/'),
    parts.refsOf(repo, 'refs/nostr/'),
  ])
  const { owner, identifier, appliedStateId } = repository
  const lists = signed.announcements.map(({ event }) => event)
  return {
    repository,
    maintainers: [...maintainersOf(owner, identifier, lists, parts.rule)],
    state: signed.states.find(({ id }) => id === appliedStateId)?.held.event ?? null,
    branches,
    tags,
    tips,
  }
}
