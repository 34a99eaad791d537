/** Repository announcements: kind 30617. @see NIP-34, "Repository announcements" */
import { firstTag, tagValues, type NostrEvent } from '../event.ts'
import { rolesOf, type Roles } from './roles.ts'

export interface Announcement extends Roles {
  readonly owner: string
  readonly identifier: string
  readonly name: string | null
  readonly description: string | null
  /** As written; not all of them need be URLs. */
  readonly clone: readonly string[]
  readonly relays: readonly string[]
  /** Asks for a private service. @see GRASP-08 */
  readonly isPrivate: boolean
  /** It names another repository as the primary one. */
  readonly isFork: boolean
}

export function parseAnnouncement(event: NostrEvent): Announcement {
  return {
    owner: event.pubkey,
    identifier: firstTag(event, 'd') ?? '',
    name: firstTag(event, 'name') ?? null,
    description: firstTag(event, 'description') ?? null,
    clone: allValues(event, 'clone'),
    relays: allValues(event, 'relays'),
    ...rolesOf(event),
    isPrivate: tagValues(event, 'private').includes('true'),
    isFork: firstTag(event, 'u') !== undefined,
  }
}

/** A tag of many values; several of one name are taken together. */
function allValues({ tags }: NostrEvent, name: string): string[] {
  return [...new Set(tags.flatMap(([tag, ...values]) => (tag === name ? values : [])))]
}
