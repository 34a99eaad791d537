/** Who may sign the state of a repository: its owner, whom that lists, whom those list. Pure. @see NIP-34 */
import { byNewest, type NostrEvent } from '../../nostr/event.ts'
import { KIND } from '../../nostr/kinds.ts'
import { parseAnnouncement, type Announcement } from '../../nostr/nip34/announcement.ts'

/** `reciprocal`: a key counts only when it announces the same repository, and lists one that counts. */
export type MaintainerRule = 'listed' | 'reciprocal'

/** Lists that are built to blow the walk up end here. */
const MAX_ROUNDS = 6
const MAX_KEYS = 64

type Announcements = ReadonlyMap<string, Announcement>

/**
 * The maintainer set of the repository that `owner` announces under `identifier`.
 *
 * @param announcements of that identifier, of any author, in any order; of one author the newest counts, and what is
 *   something else does not
 * @returns keys in hex, at most 64; the owner's among them unless its own announcement takes its role away
 */
export function maintainersOf(
  owner: string,
  identifier: string,
  announcements: readonly NostrEvent[],
  rule: MaintainerRule,
): ReadonlySet<string> {
  const newest = newestOf(identifier, announcements)
  const members = new Set([owner])
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const listed = [...members].flatMap((key) => listOf(newest, key, owner))
    const joining = listed.filter((key) => !members.has(key) && mayJoin(newest.get(key), members, rule))
    if (joining.length === 0) break
    for (const key of joining) if (members.size < MAX_KEYS) members.add(key)
  }
  return new Set([...members].filter((key) => !newest.get(key)?.isResigned))
}

function newestOf(identifier: string, events: readonly NostrEvent[]): Announcements {
  const newest = new Map<string, Announcement>()
  for (const event of events.toSorted(byNewest)) {
    if (event.kind !== KIND.announcement || newest.has(event.pubkey)) continue
    const announcement = parseAnnouncement(event)
    if (announcement.identifier === identifier) newest.set(event.pubkey, announcement)
  }
  return newest
}

/** Whom this member brings in. A fork of its own, and one who has resigned, bring nobody into the primary project. */
function listOf(newest: Announcements, key: string, owner: string): readonly string[] {
  const announcement = newest.get(key)
  if (!announcement) return []
  const isElsewhere = key !== owner && (announcement.isFork || announcement.isResigned)
  return isElsewhere ? [] : announcement.maintainers
}

function mayJoin(own: Announcement | undefined, members: ReadonlySet<string>, rule: MaintainerRule): boolean {
  if (rule === 'listed') return true
  return own?.maintainers.some((key) => members.has(key)) ?? false
}
