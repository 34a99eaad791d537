/**
 * Who may do what: live role on a repository ∩ what the credential grants. Pure; the role is read
 * for every request by whoever asks.
 */
import type { RefName, RepoId } from './ids.ts'
import type { Action, GrantAction, Grants, GrantTarget, RepositoryGrant, Role } from './grants.ts'
import type { Principal } from './principal.ts'
import { matchesStars } from './star-pattern.ts'

/** What is known of a repository when permission is asked. */
export interface Resource {
  readonly id: RepoId
  readonly orgId: string
  readonly orgSlug: string
  readonly slug: string
  /** Lives in the surface organisation. */
  readonly surface: boolean
  readonly visibility: 'public' | 'private'
  /** Signed events say what may be pushed, whoever pushes it, where he may read it. Where git reaches such a repository, and nowhere else. */
  readonly signedPushes?: true
  /** Role of the asking account, read for this request. */
  readonly role: Role | null
}

const RANK = { read: 1, write: 2, admin: 3 } as const
const ROLE_RANK = { reader: 1, writer: 2, owner: 3 } as const

/** May the principal do this, here and now? */
export function may(principal: Principal, action: Action, resource: Resource): boolean {
  if (isAllPowerful(principal)) return true
  if (action === 'read' && resource.visibility === 'public') return true
  if (resource.signedPushes && action !== 'admin' && isWelcome(principal, resource)) return true
  return roleAllows(roleOf(principal, resource), action) && covers(principal.grants, action, resource)
}

/** Everybody is, but in a private service. @see GRASP-08 */
function isWelcome(principal: Principal, { visibility }: Resource): boolean {
  return visibility === 'public' || principal.welcome === true
}

/** Role of the principal's subject, an administrator's among them. */
export function roleOf(principal: Principal, resource: Pick<Resource, 'role'>): Role | null {
  return principal.administrator ? 'owner' : resource.role
}

/**
 * What to answer. `challenge` is for callers without a credential, `hide` must look like "no such
 * repository", `forbid` may name what is missing.
 */
export type Judgement = 'allow' | 'challenge' | 'hide' | 'forbid'

export function judge(principal: Principal, action: Action, resource: Resource): Judgement {
  if (may(principal, action, resource)) return 'allow'
  if (!may(principal, 'read', resource)) return 'hide'
  return principal.kind === 'anonymous' ? 'challenge' : 'forbid'
}

/** What a credential grants, then what the one granted that it was minted from, and so on. All must allow. */
export function layersOf(grants: Grants): readonly Grants[] {
  return grants.within ? [grants, ...layersOf(grants.within)] : [grants]
}

/** Does the credential allow `action` on `resource`, whatever role its subject has? */
export function covers(grants: Grants, action: Action, resource: Resource): boolean {
  return layersCovering(grants, action, resource).every((layer) => layer.length > 0)
}

/**
 * Of each layer the grants that allow `action` on `resource`; an empty one means that it is not
 * allowed. The limits in them still apply, layer by layer.
 */
export function layersCovering(
  grants: Grants,
  action: Action,
  resource: Resource,
): readonly (readonly RepositoryGrant[])[] {
  return layersOf(grants).map((layer) =>
    layer.repositories.filter((g) => targets(g.target, resource) && grantAllows(g, action)),
  )
}

/**
 * Largest pack that the principal may push to all of these refs at once; `Infinity` for no limit. A
 * grant counts for the refs that it reaches and for no other; a ref that none reaches is refused
 * anyway, and sets no limit.
 */
export function maxPackBytes(principal: Principal, resource: Resource, refs: readonly RefName[]): number {
  if (isAllPowerful(principal)) return Infinity
  const limits = layersCovering(principal.grants, 'write', resource).flatMap((grants) =>
    refs.flatMap((ref) => {
      const reaching = grants.filter((grant) => reaches(grant, ref))
      return reaching.length === 0 ? [] : Math.max(...reaching.map((grant) => grant.maxPackBytes ?? Infinity))
    }),
  )
  return Math.min(...limits)
}

/** May the credential make a repository called `<org>/<slug>`? Membership is asked elsewhere. */
export function mayCreate(principal: Principal, where: Place): boolean {
  if (principal.kind === 'anonymous') return false
  if (isAllPowerful(principal)) return true
  return layersOf(principal.grants).every(({ repositories }) =>
    repositories.some((grant) => grantAllows(grant, 'create') && reachesPlace(grant.target, where)),
  )
}

/**
 * Life of a repository that is made there, in seconds, by every grant that reaches it: the shortest
 * counts. `null`: none limits it.
 */
export function lifeOfNewSeconds(principal: Principal, where: Place): number | null {
  const lives = layersOf(principal.grants)
    .flatMap((layer) => layer.repositories)
    .flatMap((grant) => (reachesPlace(grant.target, where) ? (grant.expiresRepoSeconds ?? []) : []))
  return lives.length === 0 ? null : Math.min(...lives)
}

/** Where a repository would stand. */
export interface Place {
  readonly orgId: string
  readonly orgSlug: string
  readonly slug: string
  readonly surface: boolean
}

function reachesPlace(target: GrantTarget, where: Place): boolean {
  if (target.kind === 'all') return true
  if (target.kind === 'surface') return where.surface && target.name === where.slug
  return target.kind === 'path' && pathMatches(target.path, where)
}

/** An administrator whose credential grants as much, or the server's own services. */
export function isAllPowerful(principal: Principal): boolean {
  if (principal.kind === 'internal') return true
  return principal.administrator === true && layersOf(principal.grants).every((layer) => layer.admin)
}

/** Is the credential the whole of its subject, so that it may also change the subject's accounts and tokens? */
export function isWholeSubject({ kind, grants }: Principal): boolean {
  if (kind === 'anonymous') return false
  return layersOf(grants).every((layer) => grantsEverywhere(layer, 'admin'))
}

/** Does one layer grant this on every repository, and without any limit? */
export function grantsEverywhere({ repositories }: Grants, action: GrantAction): boolean {
  return repositories.some((grant) => {
    const { target, actions: _actions, ...limits } = grant
    return target.kind === 'all' && grantAllows(grant, action) && Object.keys(limits).length === 0
  })
}

/**
 * `*` stands for any run of characters, slashes included, as in a refspec.
 *
 * @see git-fetch(1), <refspec>
 */
export function refMatches(pattern: string, ref: RefName): boolean {
  return matchesStars(pattern, ref)
}

/** Does one grant let this ref be written in this way? */
export function grantAllowsRef(
  grant: RepositoryGrant,
  ref: RefName,
  verb: 'push' | 'force' | 'delete',
): boolean {
  if (!reaches(grant, ref)) return false
  const rule = grant.refRules?.find((r) => refMatches(r.ref, ref))
  return rule === undefined || !rule.deny.includes(verb)
}

/** Does each layer have a grant by which this ref may be made to lose commits? */
export function mayForce(principal: Principal, resource: Resource, ref: RefName): boolean {
  if (isAllPowerful(principal)) return true
  const verbs = ['push', 'force'] as const
  const allows = (grant: RepositoryGrant) => verbs.every((verb) => grantAllowsRef(grant, ref, verb))
  return layersCovering(principal.grants, 'write', resource).every((grants) => grants.some(allows))
}

function reaches({ refs }: RepositoryGrant, ref: RefName): boolean {
  return refs === undefined || refs.some((pattern) => refMatches(pattern, ref))
}

function roleAllows(role: Role | null, action: Action): boolean {
  return role !== null && ROLE_RANK[role] >= RANK[action]
}

/** Of the three actions each includes those before it; `create` stands by itself. */
export function grantAllows({ actions }: Pick<RepositoryGrant, 'actions'>, action: GrantAction): boolean {
  if (action === 'create') return actions.includes('create')
  return actions.some((a) => a !== 'create' && RANK[a] >= RANK[action])
}

function targets(target: GrantTarget, resource: Resource): boolean {
  switch (target.kind) {
    case 'all':
      return true
    case 'id':
      return target.id === resource.id
    case 'path':
      return pathMatches(target.path, resource)
    case 'surface':
      return resource.surface && target.name === resource.slug
  }
}

function pathMatches(path: string, where: { orgId: string; orgSlug: string; slug: string }): boolean {
  return path === `${where.orgSlug}/${where.slug}` || path === `${where.orgId}/${where.slug}`
}
