/** Deletions: authors take back what is theirs, also what nobody has been shown yet. @see NIP-09 */
import { tagValues, type VerifiedEvent } from '../../../nostr/event.ts'
import { KIND } from '../../../nostr/kinds.ts'
import { parseAnnouncement } from '../../../nostr/nip34/announcement.ts'
import type { HeldEvent, NostrEvents } from '../../../store/nostr/nostr-events.ts'
import type { GraspRepositories } from '../../../store/nostr/grasp-repositories.ts'
import type { Settle } from '../settle/settle.ts'
import type { Turns } from '../turns.ts'
import { SERVED, type Answer, type Bringer } from './answer.ts'
import { abandon, type AbandonParts } from './ended-repository.ts'
import { identifiersOf } from './identifiers.ts'
import { isRelated, UNRELATED, type RelationParts } from './related.ts'
import type { ServeParts } from './serve.ts'

export type DeletionParts = AbandonParts &
  RelationParts &
  Pick<ServeParts, 'live'> & {
    readonly events: Pick<NostrEvents, 'find' | 'applyDeletion'>
    readonly repositories: Pick<GraspRepositories, 'of'>
    readonly settle: Settle
    /** By identifier. */
    readonly turns: Turns
  }

const MAX_NAMED = 200
const EVERY_STATUS = ['served', 'purgatory', 'expired'] as const

export async function takeDeletion(
  parts: DeletionParts,
  event: VerifiedEvent,
  from: Bringer,
): Promise<Answer> {
  if (!(await namesOwn(parts, event)) && !(await isRelated(parts, event))) return UNRELATED
  const removed = await parts.events.applyDeletion(event, { source: from.source })
  parts.live.tell([event])
  for (const { event: gone } of removed) {
    if (gone.kind === KIND.announcement) await endRepository(parts, gone)
  }
  for (const identifier of identifiersIn(removed)) await parts.settle(identifier)
  return SERVED
}

/** Something of the same author that is known here. */
async function namesOwn({ events }: Pick<DeletionParts, 'events'>, event: VerifiedEvent): Promise<boolean> {
  const { pubkey } = event
  const ids = tagValues(event, 'e').slice(0, MAX_NAMED)
  const own = ids.length === 0 ? [] : await events.find({ ids, authors: [pubkey], statuses: EVERY_STATUS })
  if (own.length > 0) return true
  for (const address of tagValues(event, 'a').slice(0, MAX_NAMED)) {
    const [kind = '', author, ...rest] = address.split(':')
    if (author !== pubkey || !/^\d{1,5}$/.test(kind)) continue
    const wanted = { kinds: [Number(kind)], authors: [pubkey], identifier: rest.join(':') }
    if ((await events.find({ ...wanted, statuses: EVERY_STATUS })).length > 0) return true
  }
  return false
}

async function endRepository(parts: DeletionParts, announcement: VerifiedEvent): Promise<void> {
  const { owner, identifier } = parseAnnouncement(announcement)
  await parts.turns.run(identifier, async () => {
    const repository = await parts.repositories.of(owner, identifier, 'announced')
    if (repository !== null) await abandon(parts, repository)
  })
}

function identifiersIn(removed: readonly HeldEvent[]): ReadonlySet<string> {
  return new Set(removed.flatMap(({ event }) => identifiersOf(event)))
}
