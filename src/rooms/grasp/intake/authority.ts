/** Who has a say in the repositories here, by all announcements that are served or in purgatory. */
import type { VerifiedEvent } from '../../../nostr/event.ts'
import { KIND } from '../../../nostr/kinds.ts'
import type { GraspRepositories, GraspRepository } from '../../../store/nostr/grasp-repositories.ts'
import type { NostrEvents } from '../../../store/nostr/nostr-events.ts'
import { maintainersOf, type MaintainerRule } from '../maintainers.ts'

export interface AuthorityParts {
  readonly events: Pick<NostrEvents, 'find'>
  readonly repositories: Pick<GraspRepositories, 'ofIdentifier'>
  readonly rule: MaintainerRule
}

/** Repositories of the identifier in whose maintainer set this key is. */
export async function maintainedBy(
  { events, repositories, rule }: AuthorityParts,
  key: string,
  identifier: string,
): Promise<readonly GraspRepository[]> {
  const hosted = await repositories.ofIdentifier(identifier)
  const known = hosted.length === 0 ? [] : await announcementsOf(events, identifier)
  return hosted.filter(({ owner }) => maintainersOf(owner, identifier, known, rule).has(key))
}

/**
 * Does this announcement come from somebody whom a repository here needs to find its maintainers? Its own word counts,
 * as it may have to list somebody back; that a maintainer goes must be known as well.
 */
export async function isMaintainer(
  { events, repositories, rule }: AuthorityParts,
  announcement: VerifiedEvent,
  identifier: string,
): Promise<boolean> {
  const hosted = await repositories.ofIdentifier(identifier)
  const known = hosted.length === 0 ? [] : await announcementsOf(events, identifier)
  return hosted.some(({ owner }) =>
    [known, [...known, announcement]].some((all) =>
      maintainersOf(owner, identifier, all, rule).has(announcement.pubkey),
    ),
  )
}

async function announcementsOf(
  events: Pick<NostrEvents, 'find'>,
  identifier: string,
): Promise<readonly VerifiedEvent[]> {
  const held = await events.find({ kinds: [KIND.announcement], identifier })
  return held.map(({ event }) => event)
}
