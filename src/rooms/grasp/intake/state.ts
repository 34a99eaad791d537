/** States: what the branches and tags of a repository are to be, by one of its maintainers. @see NIP-34, kind 30618 */
import type { VerifiedEvent } from '../../../nostr/event.ts'
import { KIND } from '../../../nostr/kinds.ts'
import { isIdentifier } from '../../../nostr/nip34/coordinate.ts'
import { parseState } from '../../../nostr/nip34/state.ts'
import type { NostrEvents } from '../../../store/nostr/nostr-events.ts'
import type { GraspRepositories, GraspRepository } from '../../../store/nostr/grasp-repositories.ts'
import type { Turns } from '../turns.ts'
import { placeAnnouncement, type AnnouncementParts } from './announcement.ts'
import { refuse, type Answer, type Bringer } from './answer.ts'
import { maintainedBy } from './authority.ts'
import { huntLater } from './hunt-later.ts'
import { hold, settleHeld } from './serve.ts'

export type StateParts = AnnouncementParts & {
  readonly events: Pick<NostrEvents, 'extend'>
  readonly repositories: Pick<GraspRepositories, 'update'>
  /** By identifier. */
  readonly turns: Turns
}

const UNANNOUNCED = refuse('invalid', 'no announcement exists for this repository')
const UNAUTHORISED = refuse('invalid', 'author not authorized: a maintainer must list this key')

/** One that names what is no object id is taken, too: it waits, and can never be. */
export async function takeState(parts: StateParts, event: VerifiedEvent, from: Bringer): Promise<Answer> {
  const { identifier } = parseState(event)
  if (!isIdentifier(identifier)) return UNANNOUNCED
  const refused = await parts.turns.run(identifier, () => holdState(parts, event, identifier, from))
  if (refused !== null) return refused
  await huntLater(parts, identifier, from)
  return await settleHeld(parts, event, [identifier])
}

/** @returns `null`: it waits now, and what it is about waits as long */
async function holdState(
  parts: StateParts,
  event: VerifiedEvent,
  identifier: string,
  from: Bringer,
): Promise<Answer | null> {
  const maintained = await maintainedBy(parts, event.pubkey, identifier)
  const revived = maintained.length === 0 ? await revive(parts, event, identifier, from) : []
  const concerned = [...maintained, ...revived]
  if (concerned.length === 0) {
    const isAnnounced = (await parts.repositories.ofIdentifier(identifier)).length > 0
    return isAnnounced ? UNAUTHORISED : UNANNOUNCED
  }
  const refused = await hold(parts, event, from)
  if (refused === null) await waitLonger(parts, concerned)
  return refused
}

/** An announcement whose time was over, and whose maintainer comes late, is taken once more. */
async function revive(
  parts: StateParts,
  { pubkey }: VerifiedEvent,
  identifier: string,
  from: Bringer,
): Promise<readonly GraspRepository[]> {
  const expired = await parts.events.find({
    kinds: [KIND.announcement],
    authors: [pubkey],
    identifier,
    statuses: ['expired'],
  })
  const newest = expired[0]?.event
  if (!newest || (await placeAnnouncement(parts, newest, from)) !== 'held') return []
  return await maintainedBy(parts, pubkey, identifier)
}

async function waitLonger(
  { events, repositories, clock, purgatoryMs }: StateParts,
  concerned: readonly GraspRepository[],
): Promise<void> {
  const waitsUntil = clock.now() + purgatoryMs
  for (const { repo, status, announcementId } of concerned) {
    if (status !== 'purgatory') continue
    await repositories.update(repo.id, { waitsUntil })
    if (announcementId !== null) await events.extend([announcementId], waitsUntil)
  }
}
