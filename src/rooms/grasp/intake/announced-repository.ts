/** The repository of an announcement that is taken: made now, or brought to what the announcement says. */
import { firstTag, type VerifiedEvent } from '../../../nostr/event.ts'
import { KIND } from '../../../nostr/kinds.ts'
import type { Announcement } from '../../../nostr/nip34/announcement.ts'
import type { NostrEvents } from '../../../store/nostr/nostr-events.ts'
import type { GraspRepositories, GraspRepository } from '../../../store/nostr/grasp-repositories.ts'
import { refuse, type Answer, type Bringer } from './answer.ts'
import { hasData } from './ended-repository.ts'
import { hostRepository, shownAs, type HostingParts } from './hosting.ts'
import { hold, serve, type HoldParts, type ServeParts } from './serve.ts'

export type RepositoryParts = HostingParts &
  HoldParts &
  ServeParts & {
    readonly events: Pick<NostrEvents, 'find' | 'drop'>
    readonly repositories: Pick<GraspRepositories, 'countOf' | 'update'>
    /** Repositories of one key. */
    readonly maxPerOwner: number
  }

export interface Coming {
  readonly event: VerifiedEvent
  readonly from: Bringer
  readonly announcement: Announcement
  /** It names this service. */
  readonly isNamed: boolean
  /** Nobody pushes here. */
  readonly isArchive: boolean
}

/** The repository before its event: what is in purgatory can be pushed to. */
export async function beginRepository(parts: RepositoryParts, coming: Coming): Promise<Answer | 'held'> {
  const { event, from, announcement, isNamed, isArchive } = coming
  if ((await parts.repositories.countOf(announcement.owner)) >= parts.maxPerOwner)
    return refuse('restricted', `one key announces at most ${parts.maxPerOwner} repositories here`)
  await hostRepository(parts, announcement, {
    status: isArchive ? 'archived' : 'purgatory',
    listed: isNamed,
    announcementId: event.id,
    waitsUntil: isArchive ? null : parts.clock.now() + parts.purgatoryMs,
  })
  return (await hold(parts, event, from)) ?? 'held'
}

/** What has shown that there is git data needs not do so again. */
export async function goOn(
  parts: RepositoryParts,
  { event, from, announcement, isNamed, isArchive }: Coming,
  own: GraspRepository,
): Promise<Answer | 'held'> {
  const isProven = hasData(own)
  const patch = {
    ...shownAs(announcement),
    status: isArchive ? 'archived' : isProven ? 'live' : 'purgatory',
    listed: isNamed,
    announcementId: event.id,
    waitsUntil: isProven || isArchive ? null : parts.clock.now() + parts.purgatoryMs,
  } as const
  await parts.repositories.update(own.repo.id, patch, { actorId: own.repo.ownerId, agentId: null })
  if (isProven) return await serve(parts, event, from)
  const refused = await hold(parts, event, from)
  if (refused === null) await dropWaiting(parts.events, event)
  return refused ?? 'held'
}

/** Earlier ones of its author, which it replaces, wait for nothing any more. */
export async function dropWaiting(
  events: Pick<NostrEvents, 'find' | 'drop'>,
  announcement: VerifiedEvent,
): Promise<void> {
  const { id, pubkey } = announcement
  const identifier = firstTag(announcement, 'd') ?? ''
  const wanted = { kinds: [KIND.announcement], authors: [pubkey], identifier }
  const waiting = await events.find({ ...wanted, statuses: ['purgatory'] })
  await events.drop(waiting.flatMap(({ event }) => (event.id === id ? [] : [event.id])))
}
