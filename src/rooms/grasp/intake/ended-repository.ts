/** Repositories that nobody announces any more, or whose git data never came. Calls belong into the identifier's turn. */
import { KIND } from '../../../nostr/kinds.ts'
import type { Clock } from '../../../kernel/ports.ts'
import type { NostrEvents } from '../../../store/nostr/nostr-events.ts'
import type {
  GraspPatch,
  GraspRepositories,
  GraspRepository,
} from '../../../store/nostr/grasp-repositories.ts'
import type { Repositories } from '../../../store/repositories.ts'
import type { RepositoryStorage } from './hosting.ts'

export interface EndParts {
  readonly repositories: Pick<GraspRepositories, 'update' | 'forget'>
  /** What all repositories have. */
  readonly rows: Pick<Repositories, 'softDelete'>
  readonly storage: Pick<RepositoryStorage, 'remove'>
  readonly clock: Clock
  /** How long what nobody announces here any more can still be read. */
  readonly graceMs: number
}

export type AbandonParts = EndParts & { readonly events: Pick<NostrEvents, 'find'> }

/** In purgatory there are at most tips that no event has come for. */
export function hasData({ status, repo }: GraspRepository): boolean {
  return status === 'live' || (status === 'archived' && repo.pushedAt !== null)
}

/** It can be read for a while, and nobody pushes to it. @param patch what has changed of it besides */
export async function retire(
  { repositories, clock, graceMs }: Pick<EndParts, 'repositories' | 'clock' | 'graceMs'>,
  { repo, status, listed, waitsUntil }: GraspRepository,
  patch: GraspPatch = {},
): Promise<void> {
  const isRetired = status === 'archived' && !listed && waitsUntil !== null
  const until = isRetired ? waitsUntil : clock.now() + graceMs
  const gone = { ...patch, status: 'archived', listed: false, waitsUntil: until } as const
  await repositories.update(repo.id, gone, actorOf(repo))
}

/** One without git data, for good: nobody finds it, then its directory goes, then its row. */
export async function dropRepository(
  { rows, storage, repositories }: Pick<EndParts, 'rows' | 'storage' | 'repositories'>,
  { repo }: GraspRepository,
): Promise<void> {
  await rows.softDelete(repo.id, actorOf(repo))
  await storage.remove(repo)
  await repositories.forget(repo.id)
}

/** Its announcement was deleted. Does nothing when there is another one. */
export async function abandon(parts: AbandonParts, repository: GraspRepository): Promise<void> {
  const { owner, identifier } = repository
  const left = await parts.events.find({ kinds: [KIND.announcement], authors: [owner], identifier })
  if (left.length > 0) return
  if (hasData(repository)) await retire(parts, repository, { announcementId: null })
  else await dropRepository(parts, repository)
}

/** Its owner does what his events say. */
function actorOf({ ownerId }: GraspRepository['repo']) {
  return { actorId: ownerId, agentId: null }
}
