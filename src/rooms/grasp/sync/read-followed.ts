/** Reads from the store which repositories are followed: after a start, and again when some may have gone. */
import type { NostrEvent } from '../../../nostr/event.ts'
import { KIND } from '../../../nostr/kinds.ts'
import type { NostrEvents } from '../../../store/nostr/nostr-events.ts'
import { Followed, ROOT_KINDS, type FollowedParts } from './followed.ts'
import { RELAY_LISTS } from './listed-relays.ts'

export type FollowedEvents = Pick<NostrEvents, 'find' | 'pages'>

/** Of each kind; the newest count. */
const MAX_EVENTS = 200_000

/** Announcements first: what hangs on them is nothing without. */
export async function readFollowed(events: FollowedEvents, parts: FollowedParts): Promise<Followed> {
  const followed = new Followed(parts)
  for (const kinds of [[KIND.announcement], [...RELAY_LISTS], ROOT_KINDS]) {
    for (const event of (await outlines(events, kinds)).reverse()) followed.accept(event, true)
    const waiting = await events.find({ kinds, statuses: ['purgatory'] })
    for (const { event } of waiting.toReversed()) followed.accept(event, false)
  }
  return followed
}

/** Newest first; without what was written in them. */
async function outlines(events: FollowedEvents, kinds: readonly number[]): Promise<NostrEvent[]> {
  const found: NostrEvent[] = []
  for await (const page of events.pages([{ kinds }], { limit: MAX_EVENTS })) {
    for (const json of page) found.push({ ...(JSON.parse(json) as NostrEvent), content: '' })
  }
  return found
}
