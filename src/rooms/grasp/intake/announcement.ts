/** Announcements: they make repositories, change them, and take them away again. @see NIP-34, kind 30617 */
import { byNewest, type VerifiedEvent } from '../../../nostr/event.ts'
import { KIND } from '../../../nostr/kinds.ts'
import { parseAnnouncement, type Announcement } from '../../../nostr/nip34/announcement.ts'
import type { Service } from '../service.ts'
import type { Turns } from '../turns.ts'
import { SUPERSEDED, type Answer, type Bringer } from './answer.ts'
import { isMaintainer, type AuthorityParts } from './authority.ts'
import { dropRepository, hasData, retire, type EndParts } from './ended-repository.ts'
import { beginRepository, dropWaiting, goOn, type RepositoryParts } from './announced-repository.ts'
import { checkAnnouncement, namesService, refusalOf, standingOf } from './hosting-rules.ts'
import type { HostingRules } from './hosting-rules.ts'
import { shownAs } from './hosting.ts'
import { huntLater, type HuntParts } from './hunt-later.ts'
import { serve, settleHeld } from './serve.ts'

export type AnnouncementParts = RepositoryParts &
  AuthorityParts &
  EndParts &
  HuntParts & {
    readonly rules: HostingRules
    readonly service: Service
    /** By identifier. */
    readonly turns: Turns
  }

export async function takeAnnouncement(
  parts: AnnouncementParts,
  event: VerifiedEvent,
  from: Bringer,
): Promise<Answer> {
  const announcement = parseAnnouncement(event)
  const wrong = checkAnnouncement(parts.rules, announcement)
  if (wrong !== null) return wrong
  const { identifier } = announcement
  const placed = await parts.turns.run(identifier, () => placeAnnouncement(parts, event, from))
  if (placed === 'held') {
    await huntLater(parts, identifier, from)
    return await settleHeld(parts, event, [identifier])
  }
  if (placed.accepted) await parts.settle(identifier) // it may list other maintainers than before
  return placed
}

/** Call it in the turn of the identifier. @returns `held`: it is in purgatory now, and nothing is settled yet */
export async function placeAnnouncement(
  parts: AnnouncementParts,
  event: VerifiedEvent,
  from: Bringer,
): Promise<Answer | 'held'> {
  const announcement = parseAnnouncement(event)
  if (await isSuperseded(parts, event, announcement)) return SUPERSEDED
  const isNamed = namesService(announcement, parts.service)
  const standing = standingOf(parts.rules, announcement, isNamed)
  const own = await parts.repositories.of(announcement.owner, announcement.identifier, 'announced')
  const coming = { event, from, announcement, isNamed }
  if (standing !== null) {
    const isArchive = standing === 'archived'
    return await (own === null
      ? beginRepository(parts, { ...coming, isArchive })
      : goOn(parts, { ...coming, isArchive }, own))
  }
  if (own !== null && hasData(own)) {
    await retire(parts, own, { announcementId: event.id, ...shownAs(announcement) })
    return await serve(parts, event, from)
  }
  if (own !== null) await dropRepository(parts, own)
  await dropWaiting(parts.events, event)
  if (await isMaintainer(parts, event, announcement.identifier)) return await serve(parts, event, from)
  return refusalOf(isNamed)
}

/** By one that is served or in purgatory. */
async function isSuperseded(
  { events }: Pick<AnnouncementParts, 'events'>,
  event: VerifiedEvent,
  { owner, identifier }: Announcement,
): Promise<boolean> {
  const held = await events.find({ kinds: [KIND.announcement], authors: [owner], identifier })
  return held.some((other) => byNewest(other.event, event) < 0)
}
