/**
 * May somebody hand a grant on, here and now? What his token allows and his role gives. Limits of the
 * grant are not asked about: those of his own token hold anyway, because the new one is within it.
 */
import {
  grantAllows,
  isAllPowerful,
  layersOf,
  may,
  mayCreate,
  type Place,
  type Resource,
} from '../../kernel/access.ts'
import type { FoundRepository } from '../../kernel/directory.ts'
import type { GrantAction, RepositoryGrant } from '../../kernel/grants.ts'
import { isUuid, type RepoId } from '../../kernel/ids.ts'
import { subjectOf, type Principal } from '../../kernel/principal.ts'
import { isSlug } from '../../kernel/slug.ts'
import { nameOf, type LookUp, type RepositoryTarget } from './visible-repositories.ts'

export interface HandingOnParts {
  readonly principal: Principal
  readonly lookUp: LookUp
  /** Slug of the organisation whose repositories are served under `/git/<name>`. */
  readonly surfaceOrg: string
  readonly organisations: {
    /** By slug or id; an unknown one may be founded by its first repository. */
    find(org: string): Promise<{ readonly id: string; readonly slug: string } | null>
    mayCreateIn(org: string, accountId: string | null): Promise<boolean>
  }
}

/** @param among all grants of the new token: one of them may make the repository that this one is about */
export async function mayHandOn(
  parts: HandingOnParts,
  { target, actions }: RepositoryGrant,
  among: readonly RepositoryGrant[],
): Promise<boolean> {
  if (target.kind === 'all') return allowsEverywhere(parts.principal, actions)
  const found = await parts.lookUp(target)
  const place = found ? placeOf(found, target) : await placeToBe(parts, target)
  const makes =
    actions.includes('create') || (found === null && among.some((grant) => creates(grant, target)))
  if (makes && !(await mayMake(parts, place))) return false
  const resource = found?.resource ?? (makes && place ? imagined(place) : null)
  if (resource === null || found?.movedTo !== undefined) return false
  return actions.every((action) => action === 'create' || may(parts.principal, action, resource))
}

function creates({ target, actions }: RepositoryGrant, wanted: RepositoryTarget): boolean {
  return target.kind !== 'all' && nameOf(target) === nameOf(wanted) && actions.includes('create')
}

/** Roles differ from repository to repository, and are read when the new token is used. */
function allowsEverywhere(principal: Principal, actions: readonly GrantAction[]): boolean {
  if (isAllPowerful(principal)) return true
  return actions.every((action) =>
    layersOf(principal.grants).every((layer) =>
      layer.repositories.some((grant) => grant.target.kind === 'all' && grantAllows(grant, action)),
    ),
  )
}

async function mayMake({ principal, organisations }: HandingOnParts, place: Place | null): Promise<boolean> {
  if (place === null || !mayCreate(principal, place)) return false
  if (place.surface || isAllPowerful(principal)) return true
  return organisations.mayCreateIn(place.orgSlug, subjectOf(principal))
}

function placeOf({ resource }: FoundRepository, target: RepositoryTarget): Place {
  const { orgId, orgSlug, slug } = resource
  return { orgId, orgSlug, slug, surface: target.kind === 'surface' }
}

/** Where it would be made; `null` when no repository could be called so. */
async function placeToBe(parts: HandingOnParts, target: RepositoryTarget): Promise<Place | null> {
  if (target.kind === 'id') return null
  const surface = target.kind === 'surface'
  const [org = '', slug = ''] = surface ? [parts.surfaceOrg, target.name] : target.path.split('/')
  if (!isSlug(slug) || !(isSlug(org) || isUuid(org))) return null
  const known = (await parts.organisations.find(org)) ?? { id: org, slug: org }
  return { orgId: known.id, orgSlug: known.slug, slug, surface }
}

/** Who makes it owns it. */
function imagined(place: Place): Resource {
  return { ...place, id: '' as RepoId, visibility: 'private', role: 'owner' }
}
