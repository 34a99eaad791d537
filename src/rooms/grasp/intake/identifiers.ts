/** The repositories that are to be settled when an event has come or gone. Pure. */
import { identifierOf, type NostrEvent } from '../../../nostr/event.ts'
import { KIND } from '../../../nostr/kinds.ts'
import { repositoriesOf } from './named.ts'

/** @returns identifiers; none where git data has nothing to do with the event */
export function identifiersOf(event: NostrEvent): readonly string[] {
  switch (event.kind) {
    case KIND.announcement:
    case KIND.state:
      return [identifierOf(event) ?? '']
    case KIND.pullRequest:
    case KIND.pullRequestUpdate:
      return [...new Set(repositoriesOf(event).map(({ identifier }) => identifier))]
    default:
      return []
  }
}
