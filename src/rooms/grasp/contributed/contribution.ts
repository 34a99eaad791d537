/** Pull requests whose tip is kept here, for repositories that may be hosted anywhere. Pure. @see GRASP-06 */
import { tagValues, type NostrEvent } from '../../../nostr/event.ts'
import { parseCoordinate } from '../../../nostr/nip34/coordinate.ts'
import type { Service } from '../service.ts'

/**
 * Identifiers under which this event says that its tip is here: in `/prs/<its author>/<identifier>.git`, of a
 * repository that it is about. Empty for any other event.
 */
export function contributedTo(event: NostrEvent, { isClone }: Pick<Service, 'isClone'>): ReadonlySet<string> {
  const clone = event.tags.flatMap(([name, ...values]) => (name === 'clone' ? values : []))
  const about = tagValues(event, 'a').flatMap((text) => parseCoordinate(text)?.identifier ?? [])
  const here = about.filter((identifier) => {
    const repository = { owner: event.pubkey, identifier, form: 'contributed' } as const
    return clone.some((url) => isClone(url, repository))
  })
  return new Set(here)
}
