/** Which announcements make a repository here. Pure; maintainers of one that is here are looked at elsewhere. */
import type { Announcement } from '../../../nostr/nip34/announcement.ts'
import { isIdentifier } from '../../../nostr/nip34/coordinate.ts'
import type { Service } from '../service.ts'
import { refuse, type Answer } from './answer.ts'

export interface HostingRules {
  /** Whose repositories are hosted; `null`: everybody's. */
  readonly owners: ReadonlySet<string> | null
  /** Of a private service; `null`: it is public. @see GRASP-08 */
  readonly members: ReadonlySet<string> | null
  /** Whose repositories are kept though they do not name this service. @see GRASP-05 */
  readonly archive: 'all' | ReadonlySet<string> | null
}

/** `hosted`: pushed here; `archived`: only kept; `null`: neither. */
export type Standing = 'hosted' | 'archived' | null

/** @returns `null`: nothing is wrong with it */
export function checkAnnouncement(
  { members }: HostingRules,
  { owner, identifier, isPrivate }: Announcement,
): Answer | null {
  if (!isIdentifier(identifier))
    return refuse('invalid', 'the d tag must hold 1 to 251 bytes without slashes and control characters')
  if (members === null)
    return isPrivate ? refuse('restricted', 'this service is public; take a private one for this') : null
  return members.has(owner) ? null : refuse('restricted', 'only members announce repositories here')
}

/** In both tags: where its git data is, and where its events are. */
export function namesService({ owner, identifier, clone, relays }: Announcement, service: Service): boolean {
  const repository = { owner, identifier, form: 'announced' } as const
  return clone.some((url) => service.isClone(url, repository)) && relays.some((url) => service.isRelay(url))
}

export function standingOf(
  { owners, archive }: HostingRules,
  { owner }: Announcement,
  isNamed: boolean,
): Standing {
  if (isNamed && (owners === null || owners.has(owner))) return 'hosted'
  return archive === 'all' || archive?.has(owner) ? 'archived' : null
}

/** @param isNamed it names this service */
export function refusalOf(isNamed: boolean): Answer {
  return isNamed
    ? refuse('restricted', 'repositories of this key are not hosted here')
    : refuse(
        'invalid',
        'name this service in the clone tag, as <npub>/<identifier>.git, and in the relays tag',
      )
}
