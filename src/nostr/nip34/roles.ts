/**
 * Who has which role in a repository by the word of one announcement: the `maintainers` tag, or the role tags
 * that replace it. Pure; whose word counts is somebody else's business.
 *
 * @see NIP-34, "Repository announcements", and the role tags of its proposed successor (nostr-protocol/nips#2324)
 */
import type { NostrEvent } from '../event.ts'
import { isHexKey } from '../npub.ts'

export interface Roles {
  /** Keys, without the author's. */
  readonly maintainers: readonly string[]
  /** The author has taken the role away from itself: it signs no state (any more). */
  readonly isResigned: boolean
}

/** `M`: lead; `m`: maintainer; `o`: moderator of the conversation, who signs no state. */
const ROLE_TAGS: ReadonlySet<string> = new Set(['M', 'm', 'o'])
const BOUNDARY = /^\d{1,16}$/
const OPEN_END = 'defer'

export function rolesOf({ pubkey, tags }: Pick<NostrEvent, 'pubkey' | 'tags'>): Roles {
  const roleTags = tags.filter(([name = '']) => ROLE_TAGS.has(name))
  const listed =
    roleTags.length === 0
      ? tags.flatMap(([name, ...keys]) => (name === 'maintainers' ? keys : []))
      : roleTags.flatMap((tag) => (signsStates(tag) ? [tag[1] ?? ''] : []))
  const maintainers = new Set(listed.filter((key) => isHexKey(key) && key !== pubkey))
  const own = roleTags.filter((tag) => tag[1] === pubkey)
  return { maintainers: [...maintainers], isResigned: own.length > 0 && !own.some(signsStates) }
}

function signsStates([name, , ...boundaries]: readonly string[]): boolean {
  return name !== 'o' && isActive(boundaries)
}

/**
 * Boundaries are times, in turn a beginning and an end; without any the role was always there. `defer` in the last
 * place is an end, too; any other word makes the whole tag say nothing.
 */
function isActive(boundaries: readonly string[]): boolean {
  const times = boundaries.at(-1) === OPEN_END ? boundaries.slice(0, -1) : boundaries
  if (!times.every((text) => BOUNDARY.test(text)) || times.length < boundaries.length) return false
  return times.length === 0 || times.length % 2 === 1
}
