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
const END = 'defer'

export function rolesOf({ pubkey, tags }: Pick<NostrEvent, 'pubkey' | 'tags'>): Roles {
  const roleTags = tags.filter(([name = '']) => ROLE_TAGS.has(name))
  const listed =
    roleTags.length === 0
      ? tags.flatMap(([name, ...keys]) => (name === 'maintainers' ? keys : []))
      : roleTags.flatMap((tag) => (signsStates(tag) ? [tag[1] ?? ''] : []))
  const maintainers = new Set(listed.filter((key) => isHexKey(key) && key !== pubkey))
  const own = roleTags.filter((tag) => tag[1] === pubkey && isWellFormed(tag))
  return { maintainers: [...maintainers], isResigned: own.length > 0 && !own.some(signsStates) }
}

/**
 * Boundaries are times, in turn a beginning and an end, and an end may be put off to nobody knows when: `defer`, in
 * the last place only. A tag with any other word says nothing.
 */
function isWellFormed([, , ...boundaries]: readonly string[]): boolean {
  return boundaries.every((text, i) => BOUNDARY.test(text) || (text === END && i === boundaries.length - 1))
}

/** Without boundaries the role was always there; who is about to lose it has lost it. */
function signsStates(tag: readonly string[]): boolean {
  const [name, , ...boundaries] = tag
  const isOpen = boundaries.length === 0 || (boundaries.length % 2 === 1 && boundaries.at(-1) !== END)
  return name !== 'o' && isWellFormed(tag) && isOpen
}
