/**
 * A repository made on the first authorised push. Until a ref of that push has moved it is a
 * provisional row that no reader sees; a push that moves nothing leaves nothing behind.
 */
import { judge, lifeOfNewSeconds, mayCreate, type Place, type Resource } from '../../kernel/access.ts'
import type { FoundRepository } from '../../kernel/directory.ts'
import { AppError } from '../../kernel/errors.ts'
import type { Action } from '../../kernel/grants.ts'
import { isUuid, type RepoId } from '../../kernel/ids.ts'
import type { Push, RefUpdatePolicy } from '../../kernel/policy.ts'
import type { Clock } from '../../kernel/ports.ts'
import { subjectOf, type Principal } from '../../kernel/principal.ts'
import { refuse, type Refusal } from '../../kernel/ref-update.ts'
import type { Repository, RepositoryAddress, RepoHandle } from '../../kernel/repository.ts'
import { isSlug } from '../../kernel/slug.ts'
import type { Repositories } from '../../store/repositories.ts'

export interface ProvisionParts {
  /** Under `/git/<name>`. */
  readonly surface: { readonly enabled: boolean; readonly org: string }
  readonly organisations: {
    /** By slug or id; an unknown one may be founded by its first repository. */
    find(org: string): Promise<{ readonly id: string; readonly slug: string } | null>
    mayCreateIn(org: string, accountId: string | null): Promise<boolean>
  }
  readonly repositories: Pick<Repositories, 'insert' | 'discard'>
  readonly storage: {
    create(repo: RepoHandle & { readonly defaultBranch: string }): Promise<void>
    remove(repo: RepoHandle): Promise<void>
  }
  readonly pathOf: (id: RepoId) => string
  readonly newId: () => string
  readonly clock: Clock
}

export interface Provision {
  /** A repository that would be made for this principal's push; `null`: there is none to be had. */
  whenMissing(
    address: RepositoryAddress,
    principal: Principal,
    action: Action,
  ): Promise<FoundRepository | null>
  /** Makes the repository when all other policies have accepted the commands: the last in the list. */
  readonly policy: RefUpdatePolicy
  /** @param moved whether a ref of the push moved, or may have */
  settle(found: FoundRepository, moved: boolean): Promise<void>
}

export function openProvision(parts: ProvisionParts): Provision {
  return {
    whenMissing: (address, principal, action) => imagine(parts, address, principal, action),
    policy: {
      name: 'provision.first-push',
      concerns: ({ kind }) => kind === 'hosted',
      onCommands: (push) => make(parts, push),
    },
    settle: async ({ repo }, moved) => {
      if (repo.state === 'provisional' && !moved) await unmake(parts, repo)
    },
  }
}

type RepositoryName = Extract<RepositoryAddress, { kind: 'path' | 'surface' }>

/** What is called by an id, or announced by an event, is not made by a push. */
function isName(address: RepositoryAddress): address is RepositoryName {
  return address.kind === 'path' || address.kind === 'surface'
}

/** Reads nothing into being: only a writer who may create here is shown an empty repository. */
async function imagine(
  parts: ProvisionParts,
  address: RepositoryAddress,
  principal: Principal,
  action: Action,
): Promise<FoundRepository | null> {
  const account = subjectOf(principal)
  if (action !== 'write' || !isName(address) || account === null) return null
  const where = await findPlace(parts, address)
  if (where === null || !hasSaidSo(principal, where)) return null
  if (!where.surface && !(await parts.organisations.mayCreateIn(where.orgSlug, account))) return null

  const id = parts.newId() as RepoId
  const resource: Resource = { ...where, id, visibility: 'private', role: 'owner' }
  if (judge(principal, 'write', resource) !== 'allow') return null
  const life = { ownerId: account, expiresAt: expiryOf(parts, principal, where) }
  return { repo: newRepository(parts, resource, life), resource }
}

/** Where the repository would stand; `null` when it could not be called so. */
async function findPlace(
  { surface, organisations }: ProvisionParts,
  address: RepositoryName,
): Promise<Place | null> {
  const isSurface = address.kind === 'surface'
  if (isSurface && !surface.enabled) return null
  const slug = isSurface ? address.name : address.slug
  const orgName = isSurface ? surface.org : address.org
  if (!isSlug(slug) || !(isSlug(orgName) || isUuid(orgName))) return null
  const org = (await organisations.find(orgName)) ?? { id: orgName, slug: orgName }
  return isSlug(org.slug) ? { orgId: org.id, orgSlug: org.slug, slug, surface: isSurface } : null
}

/** A token that may do everything has not asked for this repository; see decision 4. */
function hasSaidSo(principal: Principal, where: Place): boolean {
  const named = principal.grants.repositories.filter((grant) => grant.target.kind !== 'all')
  if (where.surface)
    return named.some(({ target }) => target.kind === 'surface' && target.name === where.slug)
  return mayCreate(
    { ...principal, grants: { ...principal.grants, admin: false, repositories: named } },
    where,
  )
}

/** An ephemeral repository lives as long as the grant that asks for it says. */
function expiryOf({ clock }: ProvisionParts, principal: Principal, where: Place): number | null {
  const seconds = lifeOfNewSeconds(principal, where)
  return seconds === null ? null : clock.now() + seconds * 1000
}

function newRepository(
  parts: ProvisionParts,
  resource: Resource,
  { ownerId, expiresAt }: Pick<Repository, 'ownerId' | 'expiresAt'>,
): Repository {
  const now = parts.clock.now()
  return {
    id: resource.id,
    path: parts.pathOf(resource.id),
    objectFormat: 'sha1',
    ownerId,
    orgId: resource.orgId,
    orgSlug: resource.orgSlug,
    projectId: null,
    name: resource.slug,
    slug: resource.slug,
    description: null,
    visibility: resource.visibility,
    defaultBranch: 'main',
    archived: false,
    protectedPush: 'refuse',
    kind: 'hosted',
    sizeBytes: 0,
    pushedAt: null,
    createdAt: now,
    updatedAt: now,
    expiresAt,
    state: 'provisional',
  }
}

async function make(parts: ProvisionParts, { repo, principal, agentId }: Push): Promise<Refusal[]> {
  if (repo.state !== 'provisional') return []
  const wanted = { ...repo, org: repo.orgSlug, state: repo.state }
  try {
    await parts.repositories.insert(wanted, { actorId: subjectOf(principal), agentId })
  } catch (err) {
    if (!(err instanceof AppError && err.code === 'ALREADY_EXISTS')) throw err
    return [refuse('REPO_JUST_MADE', null)]
  }
  await parts.storage.create(repo)
  return []
}

async function unmake(parts: ProvisionParts, repo: Repository): Promise<void> {
  if (await parts.repositories.discard(repo.id)) await parts.storage.remove(repo)
}
