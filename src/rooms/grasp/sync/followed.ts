/**
 * Which repositories this server follows, and at which relays: read off the events that it has accepted. All
 * repositories of one identifier are followed together, as their maintainers may be the same.
 */
import { tagValues, type NostrEvent } from '../../../nostr/event.ts'
import { KIND } from '../../../nostr/kinds.ts'
import { parseAnnouncement } from '../../../nostr/nip34/announcement.ts'
import { isIdentifier, parseCoordinate } from '../../../nostr/nip34/coordinate.ts'
import { Family } from './family.ts'
import { EVERYBODY, type Interests } from './interests.ts'
import { listedRelays, RELAY_LISTS } from './listed-relays.ts'
import { parseRelayUrl } from './relay-url.ts'

export interface FollowedParts {
  /** Is that address this server's own? */
  readonly isHere: (url: string) => boolean
  /** Whose announcements are looked for besides those of repositories that are followed. */
  readonly archive: 'all' | readonly string[] | null
  /** Also at the relays of those who take part. */
  readonly outbox: boolean
}

/** They are what the conversation about a repository hangs on. */
export const ROOT_KINDS: readonly number[] = [
  KIND.issue,
  KIND.patch,
  KIND.pullRequest,
  KIND.pullRequestUpdate,
]
const MAX_RELAYS_OF_AN_ANNOUNCEMENT = 10
const MAX_RELAYS_OF_ONE_PERSON = 4
/** Of one repository. */
const MAX_OUTBOXES = 200

export class Followed {
  readonly #parts: FollowedParts
  readonly #families = new Map<string, Family>()
  readonly #relays = new Map<string, Set<Family>>()
  /** Where people write, by public key; of those who have said so. */
  readonly #outboxes = new Map<string, readonly string[]>()

  constructor(parts: FollowedParts) {
    this.#parts = parts
  }

  /** All that there is something to ask of. */
  get relays(): Iterable<string> {
    return this.#relays.keys()
  }

  /**
   * @param isServed or it waits for its git data
   * @returns relays of which something else is asked from now on
   */
  accept(event: NostrEvent, isServed: boolean): ReadonlySet<string> {
    if (event.kind === KIND.announcement) return this.#announced(event)
    if (RELAY_LISTS.has(event.kind)) return this.#listed(event)
    const changed = this.#familiesOf(event).filter((family) => this.#joined(family, event, isServed))
    return relaysOf(changed)
  }

  interestsOf(relay: string): Interests {
    const families = [...(this.#relays.get(relay) ?? [])]
    const { archive } = this.#parts
    const announcers =
      archive === 'all' ? [EVERYBODY] : [...(archive ?? []), ...families.flatMap((f) => f.owners)]
    return {
      announcers: new Map(families.length > 0 ? announcers.map((announcer) => [announcer, '']) : []),
      identifiers: new Map(families.map(({ identifier, revision }) => [identifier, revision])),
      people: new Map(families.flatMap((family) => family.people.map((person) => [person, '']))),
      coordinates: new Map(families.flatMap((f) => f.coordinates.map((one) => [one, f.revision]))),
      roots: new Map(families.flatMap((family) => family.roots)),
    }
  }

  #announced(event: NostrEvent): ReadonlySet<string> {
    const { owner, identifier, relays, maintainers } = parseAnnouncement(event)
    if (!isIdentifier(identifier)) return new Set()
    const family = this.#families.get(identifier) ?? new Family(identifier)
    this.#families.set(identifier, family)
    const named = relays.flatMap((relay) => this.#foreign(relay)).slice(0, MAX_RELAYS_OF_AN_ANNOUNCEMENT)
    const before = family.relays
    if (!family.announce(owner, { relays: named, maintainers, event })) return new Set()
    this.#place(family)
    return new Set([...before, ...family.relays])
  }

  #listed(event: NostrEvent): ReadonlySet<string> {
    if (!this.#parts.outbox) return new Set()
    const relays = listedRelays(event).flatMap((relay) => this.#foreign(relay))
    const known = this.#outboxes.get(event.pubkey) ?? []
    this.#outboxes.set(event.pubkey, [...new Set([...relays, ...known])].slice(0, MAX_RELAYS_OF_ONE_PERSON))
    const families = [...this.#families.values()].filter((family) => family.has(event.pubkey))
    for (const family of families) this.#place(family)
    return relaysOf(families)
  }

  /** @returns whether there is more to ask about that repository now */
  #joined(family: Family, { id, kind, pubkey }: NostrEvent, isServed: boolean): boolean {
    const isNewRoot = ROOT_KINDS.includes(kind) && family.addRoot(id, isServed)
    const isNewPerson = this.#parts.outbox && family.addPerson(pubkey)
    if (isNewPerson) this.#place(family)
    return isNewRoot || isNewPerson
  }

  #familiesOf(event: NostrEvent): readonly Family[] {
    const named = ['a', 'A', 'q'].flatMap((name) => tagValues(event, name))
    const identifiers = new Set(named.flatMap((value) => parseCoordinate(value)?.identifier ?? []))
    return [...identifiers].flatMap((identifier) => this.#families.get(identifier) ?? [])
  }

  /** At the relays where it is to be asked for now. */
  #place(family: Family): void {
    for (const relay of family.relays) {
      const families = this.#relays.get(relay)
      families?.delete(family)
      if (families?.size === 0) this.#relays.delete(relay)
    }
    const outboxes = family.people.flatMap((person) => this.#outboxes.get(person) ?? [])
    family.relays = new Set([...family.announcedRelays, ...[...new Set(outboxes)].slice(0, MAX_OUTBOXES)])
    for (const relay of family.relays)
      this.#relays.set(relay, (this.#relays.get(relay) ?? new Set()).add(family))
  }

  #foreign(text: string): readonly string[] {
    const relay = parseRelayUrl(text)
    return relay === null || this.#parts.isHere(relay) ? [] : [relay]
  }
}

function relaysOf(families: readonly Family[]): ReadonlySet<string> {
  return new Set(families.flatMap((family) => [...family.relays]))
}
