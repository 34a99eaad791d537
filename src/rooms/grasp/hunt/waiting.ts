/** For which identifiers something is in purgatory: what a round of hunts begins with. */
import { KIND } from '../../../nostr/kinds.ts'
import { tagValues } from '../../../nostr/event.ts'
import { parseCoordinate } from '../../../nostr/nip34/coordinate.ts'
import type { NostrEvents } from '../../../store/nostr/nostr-events.ts'

/** Each once. Announcements alone have no git data that one could look for. */
export async function huntedIdentifiers(events: Pick<NostrEvents, 'find'>): Promise<ReadonlySet<string>> {
  const held = await events.find({
    kinds: [KIND.state, KIND.pullRequest, KIND.pullRequestUpdate],
    statuses: ['purgatory'],
  })
  const tags = held.flatMap(({ event }) =>
    event.kind === KIND.state
      ? tagValues(event, 'd').slice(0, 1)
      : tagValues(event, 'a').flatMap((text) => parseCoordinate(text)?.identifier ?? []),
  )
  return new Set(tags)
}
