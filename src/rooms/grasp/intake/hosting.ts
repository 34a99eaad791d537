/** Makes the repositories that are announced; what becomes of them later stands in ended-repository.ts. */
import type { AccountDirectory } from '../../../kernel/account.ts'
import { AppError } from '../../../kernel/errors.ts'
import type { RepoId } from '../../../kernel/ids.ts'
import type { RepoHandle, Visibility } from '../../../kernel/repository.ts'
import type { Announcement } from '../../../nostr/nip34/announcement.ts'
import { npubOf } from '../../../nostr/npub.ts'
import type { GraspRepositories, GraspRepository } from '../../../store/nostr/grasp-repositories.ts'
import { graspSlug } from '../../../store/nostr/grasp-repository.ts'

/** Git data of repositories, on disk. */
export interface RepositoryStorage {
  /** Whole and on disk when it resolves. */
  create(repo: RepoHandle & { readonly defaultBranch: string }): Promise<void>
  /** Harmless when there is none. */
  remove(repo: RepoHandle): Promise<void>
}

export interface HostingParts {
  readonly accounts: Pick<AccountDirectory, 'atFirstSight'>
  readonly repositories: Pick<GraspRepositories, 'insert' | 'of'>
  readonly storage: RepositoryStorage
  readonly pathOf: (id: RepoId) => string
  readonly newId: () => string
  readonly visibility: Visibility
}

export type Beginning = Pick<GraspRepository, 'status' | 'listed' | 'announcementId' | 'waitsUntil'>

const MAX_NAME_CHARS = 128
const MAX_DESCRIPTION_CHARS = 4_096
const CONTROL = /[\x00-\x1f\x7f]+/g

/** As it is shown, on one line. @returns `name` is never empty */
export function shownAs({ name, description, identifier }: Announcement): {
  readonly name: string
  readonly description: string | null
} {
  return {
    name: plain(name ?? '', MAX_NAME_CHARS) || plain(identifier, MAX_NAME_CHARS),
    description: plain(description ?? '', MAX_DESCRIPTION_CHARS) || null,
  }
}

/**
 * The git directory first, so that whoever finds the repository can push to it; what a crash leaves is an empty
 * directory that nobody knows.
 *
 * @returns the one that another server has made meanwhile, if it was quicker
 * @throws AppError `ALREADY_EXISTS`: a repository of its organisation has its name
 */
export async function hostRepository(
  parts: HostingParts,
  announcement: Announcement,
  beginning: Beginning,
): Promise<GraspRepository> {
  const { owner, identifier } = announcement
  const id = parts.newId() as RepoId
  const git = { id, path: parts.pathOf(id), objectFormat: 'sha1', defaultBranch: 'main' } as const
  await parts.storage.create(git)
  try {
    const ownerId = await accountOf(parts, owner)
    const row = {
      ...git,
      ...shownAs(announcement),
      ownerId,
      org: npubOf(owner),
      projectId: null,
      slug: graspSlug({ identifier, form: 'announced' }),
      visibility: parts.visibility,
      expiresAt: null,
    }
    const wanted = { ...beginning, repo: row, owner, identifier, form: 'announced' } as const
    return await parts.repositories.insert(wanted, { actorId: ownerId, agentId: null })
  } catch (err) {
    await parts.storage.remove(git)
    const made = err instanceof AppError && err.code === 'ALREADY_EXISTS'
    const other = made ? await parts.repositories.of(owner, identifier, 'announced') : null
    if (other === null) throw err
    return other
  }
}

async function accountOf({ accounts }: Pick<HostingParts, 'accounts'>, owner: string): Promise<string> {
  const identity = { issuer: 'nostr', subject: owner }
  const account = await accounts.atFirstSight(identity, {
    kind: 'nostr',
    displayName: npubOf(owner),
    email: null,
  })
  return account.id
}

function plain(text: string, maxChars: number): string {
  return [...text.replace(CONTROL, ' ').trim()].slice(0, maxChars).join('')
}
