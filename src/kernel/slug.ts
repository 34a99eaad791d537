/** The part of a repository's or an organisation's address that comes from its name. */

export const MAX_SLUG_CHARS = 128

/** First path segments that mean something else. */
export const RESERVED_SLUGS: ReadonlySet<string> = new Set(
  'settings admin new api auth login git health metrics docs v1 repos internal oauth prs nostr console assets by-id et accounts tokens orgs whoami events'.split(
    ' ',
  ),
)

/**
 * Lower case; each run of characters outside `[a-z0-9._]` becomes `-`; no `-` or `.` at the ends.
 *
 * @returns what may still be no slug: see `isSlug`
 */
export function slugOf(name: string): string {
  return name
    .toLowerCase()
    .replace(/[^a-z0-9._]+/g, '-')
    .replace(/^[-.]+|[-.]+$/g, '')
}

/** Below the name of a key stands what its owner has announced. @see GRASP-01 */
const NPUB = /^npub1[a-z0-9]{58}$/

export function isSlug(text: string): boolean {
  if (NPUB.test(text)) return false
  if (text === '' || text.length > MAX_SLUG_CHARS || RESERVED_SLUGS.has(text)) return false
  return slugOf(text) === text && !text.endsWith('.git') && !text.endsWith('.lock')
}

const HASHED = /^(?:id|prs)-[0-9a-f]{32}$/

/** Of a repository of nostr whose identifier cannot be its slug; neither is told from the other. */
export function isHashedSlug(slug: string): boolean {
  return HASHED.test(slug)
}
