/** What stands at any well-formed `/prs/<npub>/<identifier>.git` before a tip was pushed there: nothing at all. @see GRASP-06 */
import type { FoundRepository } from '../../../kernel/directory.ts'
import type { RepoId } from '../../../kernel/ids.ts'
import type { Clock } from '../../../kernel/ports.ts'
import type { Repository, RepositoryAddress, Visibility } from '../../../kernel/repository.ts'
import { isIdentifier, type Coordinate } from '../../../nostr/nip34/coordinate.ts'
import { isHexKey, npubOf, parseNpub } from '../../../nostr/npub.ts'
import { graspSlug } from '../../../store/nostr/grasp-repository.ts'

export interface EmptyRepositoryParts {
  readonly pathOf: (id: RepoId) => string
  readonly newId: () => string
  readonly clock: Clock
  /** Id and slug of the organisation of this slug; `null`: there is none. */
  readonly organisation: (slug: string) => Promise<{ readonly id: string; readonly slug: string } | null>
  /** Whose pushes are not taken. */
  readonly blocked: ReadonlySet<string>
  readonly visibility: Visibility
}

/** Made for one request, and of its address only. `null`: this cannot be one, or none of this author's. */
export async function emptyRepository(
  parts: EmptyRepositoryParts,
  address: RepositoryAddress,
): Promise<FoundRepository | null> {
  if (address.kind !== 'nostr' || address.form !== 'contributed') return null
  const { owner, identifier } = address
  if (!isHexKey(owner) || !isIdentifier(identifier) || parts.blocked.has(owner)) return null
  const npub = npubOf(owner)
  const org = (await parts.organisation(npub)) ?? { id: npub, slug: npub }
  const repo = provisional(parts, { owner, identifier }, org)
  const { id, orgId, orgSlug, slug, visibility } = repo
  const resource = {
    id,
    orgId,
    orgSlug,
    slug,
    visibility,
    surface: false,
    signedPushes: true,
    role: null,
  } as const
  return { repo, resource }
}

/** Who contributes there, and to what; `null` for a repository that is made by other roads. */
export function contributorOf({ kind, state, orgSlug, name }: Repository): Coordinate | null {
  const owner = kind === 'grasp' && state === 'provisional' ? parseNpub(orgSlug) : null
  return owner === null ? null : { owner, identifier: name }
}

function provisional(
  { pathOf, newId, clock, visibility }: EmptyRepositoryParts,
  { owner, identifier }: Coordinate,
  org: { readonly id: string; readonly slug: string },
): Repository {
  const id = newId() as RepoId
  const now = clock.now()
  return {
    id,
    path: pathOf(id),
    objectFormat: 'sha1',
    ownerId: owner,
    orgId: org.id,
    orgSlug: org.slug,
    projectId: null,
    name: identifier,
    slug: graspSlug({ identifier, form: 'contributed' }),
    description: null,
    visibility,
    defaultBranch: 'main',
    archived: false,
    protectedPush: 'refuse',
    kind: 'grasp',
    sizeBytes: 0,
    pushedAt: null,
    createdAt: now,
    updatedAt: now,
    expiresAt: null,
    state: 'provisional',
  }
}
