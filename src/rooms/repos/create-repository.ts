/**
 * Makes a repository: a row that no reader sees, then its directory, then the row is shown. What a
 * crash leaves is a provisional row at most, and upkeep discards it.
 */
import { isAllPowerful, lifeOfNewSeconds, mayCreate } from '../../kernel/access.ts'
import { AppError } from '../../kernel/errors.ts'
import type { ObjectFormat, RepoId } from '../../kernel/ids.ts'
import { subjectOf, type Principal } from '../../kernel/principal.ts'
import type { RepoHandle, Repository } from '../../kernel/repository.ts'
import { slugOf } from '../../kernel/slug.ts'
import type { Actor } from '../../http/actor.ts'
import type { Repositories } from '../../store/repositories.ts'

/** Git data of repositories, on disk. */
export interface RepositoryStorage {
  /** Whole and on disk when it resolves. @throws AppError `ALREADY_EXISTS` */
  create(repo: RepoHandle & { readonly defaultBranch: string }): Promise<void>
  /** Harmless when there is none. */
  remove(repo: RepoHandle): Promise<void>
}

export interface CreateParts {
  readonly repositories: Pick<Repositories, 'insert' | 'activate' | 'discard' | 'byId'>
  readonly storage: RepositoryStorage
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
  parts: CreateParts,
  wanted: WantedRepository,
  by: Actor,
): Promise<Repository> {
  const { repositories, newId } = parts
  const id = newId() as RepoId
  const slug = slugOf(wanted.name)
  const repo = await repositories.insert({ ...wanted, id, slug, kind: 'hosted', state: 'provisional' }, by)
  try {
    return await finishRepository(parts, repo, by)
  } catch (err) {
    await unmake(parts, repo)
    throw err
  }
}

/**
 * Makes the directory that a provisional row promises, and shows the repository. Several who do so
 * at once are as good as one.
 *
 * @throws AppError `CONFLICT`: somebody has discarded it meanwhile
 */
export async function finishRepository(parts: CreateParts, repo: Repository, by: Actor): Promise<Repository> {
  const { repositories, storage } = parts
  await storage.create(repo).catch(unlessThere)
  await repositories.activate(repo.id, by)
  const shown = await repositories.byId(repo.id)
  if (shown) return shown
  await storage.remove(repo)
  throw new AppError('CONFLICT', { details: { reason: 'the repository was discarded while it was made' } })
}

/** Whoever was quicker has made it whole: directories appear by one rename. */
function unlessThere(err: unknown): void {
  if (!(err instanceof AppError && err.code === 'ALREADY_EXISTS')) throw err
}

async function unmake({ repositories, storage }: CreateParts, repo: Repository): Promise<void> {
  if (await repositories.discard(repo.id)) await storage.remove(repo)
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
 * @returns how long such a repository may live, in seconds; `null` for no limit
 * @throws AppError `FORBIDDEN`
 */
export async function checkMayCreate(
  { organisations, surfaceOrg }: CreatePermission,
  principal: Principal,
  org: string,
  slug: string,
): Promise<number | null> {
  const known = (await organisations.find(org)) ?? { id: org, slug: org }
  const where = { orgId: known.id, orgSlug: known.slug, slug, surface: known.slug === surfaceOrg }
  if (!mayCreate(principal, where)) throw forbidden('scope')
  const mayFound = isAllPowerful(principal) || (await organisations.mayCreateIn(org, subjectOf(principal)))
  if (!mayFound) throw forbidden('role')
  return lifeOfNewSeconds(principal, where)
}

function forbidden(missing: 'role' | 'scope'): AppError {
  return new AppError('FORBIDDEN', { details: { required: 'repo:create', missing } })
}
