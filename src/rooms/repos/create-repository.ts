/** Makes a repository: first its directory, then its row, so that no reader finds half of one. */
import { isAllPowerful, mayCreate } from '../../kernel/access.ts'
import { AppError } from '../../kernel/errors.ts'
import type { ObjectFormat, RepoId } from '../../kernel/ids.ts'
import { subjectOf, type Principal } from '../../kernel/principal.ts'
import type { RepoHandle, Repository } from '../../kernel/repository.ts'
import { slugOf } from '../../kernel/slug.ts'
import type { Actor } from '../../http/actor.ts'
import type { Repositories } from '../../store/repositories.ts'

/** Git data of repositories, on disk. */
export interface RepositoryStorage {
  /** Whole and on disk when it resolves. */
  create(repo: RepoHandle & { readonly defaultBranch: string }): Promise<void>
  /** Harmless when there is none. */
  remove(repo: RepoHandle): Promise<void>
}

export interface CreateParts {
  readonly repositories: Pick<Repositories, 'insert'>
  readonly storage: RepositoryStorage
  readonly pathOf: (id: RepoId) => string
  readonly newId: () => string
}

export interface WantedRepository {
  /** Slug or UUID; made if it does not exist. */
  readonly org: string
  readonly ownerId: string
  readonly projectId: string | null
  /** One that makes a slug. */
  readonly name: string
  readonly description: string | null
  readonly visibility: Repository['visibility']
  readonly defaultBranch: string
  readonly objectFormat: ObjectFormat
  /** Milliseconds since 1970. */
  readonly expiresAt: number | null
}

/** @throws AppError `ALREADY_EXISTS`: the organisation has a repository of that slug */
export async function createRepository(
  { repositories, storage, pathOf, newId }: CreateParts,
  wanted: WantedRepository,
  by: Actor,
): Promise<Repository> {
  const id = newId() as RepoId
  const { objectFormat, defaultBranch } = wanted
  const handle = { id, path: pathOf(id), objectFormat, defaultBranch }
  await storage.create(handle)
  try {
    const slug = slugOf(wanted.name)
    return await repositories.insert({ ...wanted, id, slug, kind: 'hosted', state: 'active' }, by)
  } catch (err) {
    await storage.remove(handle)
    throw err
  }
}

export interface Organisations {
  /** By slug or id; an unknown one may be founded by its first repository. */
  find(org: string): Promise<{ readonly id: string; readonly slug: string } | null>
  mayCreateIn(org: string, accountId: string | null): Promise<boolean>
}

export interface CreatePermission {
  readonly organisations: Organisations
  /** Slug of the organisation that is also served under `/git/<name>`. */
  readonly surfaceOrg: string
}

/**
 * Live membership ∩ what the credential grants.
 *
 * @throws AppError `FORBIDDEN`
 */
export async function checkMayCreate(
  { organisations, surfaceOrg }: CreatePermission,
  principal: Principal,
  org: string,
  slug: string,
): Promise<void> {
  const known = (await organisations.find(org)) ?? { id: org, slug: org }
  const where = { orgId: known.id, orgSlug: known.slug, slug, surface: known.slug === surfaceOrg }
  if (!mayCreate(principal, where)) throw forbidden('scope')
  if (isAllPowerful(principal)) return
  if (!(await organisations.mayCreateIn(org, subjectOf(principal)))) throw forbidden('role')
}

function forbidden(missing: 'role' | 'scope'): AppError {
  return new AppError('FORBIDDEN', { details: { required: 'repo:create', missing } })
}
