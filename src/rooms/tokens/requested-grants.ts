/**
 * From what a request asks for, and who asks, to what a new token will say. Refuses more than the
 * presented token allows its subject now; what changes later is seen to by `within` and by roles.
 */
import { grantsEverywhere, isAllPowerful, layersOf } from '../../kernel/access.ts'
import type { AppError } from '../../kernel/errors.ts'
import type { FindRepository, FoundRepository } from '../../kernel/directory.ts'
import type { Grants, RepositoryGrant } from '../../kernel/grants.ts'
import type { Principal } from '../../kernel/principal.ts'
import {
  grantsAsked,
  invalidDetails,
  invalidScope,
  wordsIn,
  type AskedGrants,
  type Words,
} from './asked-words.ts'
import { defaultWords } from './default-words.ts'
import { mayHandOn, type HandingOnParts } from './may-hand-on.ts'
import { invalidTarget, namedRepositories, type NamedRepository } from './named-repositories.ts'
import type { OAuthForm } from './oauth-form.ts'
import type { AccessTokenOrder } from './token-endpoint-types.ts'
import { nameOf, visibleTo, type RepositoryTarget } from './visible-repositories.ts'

/** What a new token is to allow, as its client says it. */
export interface GrantRequest {
  /** Words parted by spaces. @see RFC 6749, section 3.3 */
  readonly scope?: string | undefined
  /** Parsed. @see RFC 9396, section 2 */
  readonly authorizationDetails?: unknown
  /** Addresses of this server, or of repositories of it. */
  readonly audiences: readonly string[]
}

/** What it will allow. */
export interface RequestedGrants extends Pick<AccessTokenOrder, 'audience' | 'words' | 'within'> {
  /** What the words say. */
  readonly grants: Grants
}

/**
 * @param principal who asks, with the grants of the token that he presented
 * @throws AppError `OAUTH_INVALID_TARGET`, `OAUTH_INVALID_SCOPE`, `OAUTH_INVALID_DETAILS`
 */
export type ReadRequestedGrants = (request: GrantRequest, principal: Principal) => Promise<RequestedGrants>

export interface RequestedGrantsParts extends Pick<HandingOnParts, 'surfaceOrg' | 'organisations'> {
  /** Public origins of this server, the preferred one first; without slashes at their ends. */
  readonly bases: readonly string[]
  readonly find: FindRepository
}

export function requestedGrants(parts: RequestedGrantsParts): ReadRequestedGrants {
  return async (request, principal) => {
    const handing = { ...parts, principal, lookUp: visibleTo(principal, parts.find) }
    const named = await namedRepositories(request.audiences, parts.bases, handing.lookUp)
    const words = wordsAsked(request) ?? (await defaultWords(handing, named))
    const targets = named.map((one) => one.target)
    const asked = grantsAsked(words, targets)
    checkAdmin(asked, principal, targets)
    await checkEach(handing, asked, named)
    return {
      audience: named.length === 0 ? parts.bases.slice(0, 1) : named.map((one) => one.audience),
      words,
      grants: { admin: asked.admin, repositories: [...asked.byScope, ...asked.byDetails] },
      within: withinOf(principal),
    }
  }
}

/** @throws AppError `OAUTH_INVALID_DETAILS` for what is no JSON */
export function grantRequestOf(form: OAuthForm): GrantRequest {
  const details = form.get('authorization_details')
  return {
    scope: form.get('scope') ?? undefined,
    ...(details !== null && { authorizationDetails: parseDetails(details) }),
    audiences: [...form.all('audience'), ...form.all('resource')],
  }
}

const NOT_ALLOWED = 'the presented token, or its subject, may not do this'
const NOT_NAMED = 'it speaks of a repository that the audience does not name'

function parseDetails(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw invalidDetails('not JSON')
  }
}

/** `null`: it asks for nothing in particular. */
function wordsAsked({ scope, authorizationDetails: details }: GrantRequest): Words | null {
  const words = wordsIn(scope ?? '')
  if (words.length === 0 && details === undefined) return null
  return {
    ...(words.length > 0 && { scope: words.join(' ') }),
    ...(details !== undefined && { authorization_details: details }),
  }
}

/** `admin` is for the whole server and for administrators. Without it there must be something else. */
function checkAdmin(
  { admin, byScope, byDetails }: AskedGrants,
  principal: Principal,
  named: readonly unknown[],
) {
  if (admin && named.length > 0) throw invalidScope(NOT_NAMED)
  if (admin ? !isAllPowerful(principal) : byScope.length + byDetails.length === 0)
    throw invalidScope(NOT_ALLOWED)
}

/** Where the audience names repositories, the words speak of these only, and say so of one that is to be made. */
async function checkEach(
  parts: HandingOnParts,
  { byScope, byDetails }: AskedGrants,
  named: readonly NamedRepository[],
): Promise<void> {
  const all = [...byScope, ...byDetails]
  const handedOn = new Set<string>()
  const check = async (grant: RepositoryGrant, fault: Fault) => {
    const { target } = grant
    const key = target.kind === 'all' ? null : keyOf(target, await parts.lookUp(target))
    const about = named.find((one) => keyOf(one.target, one.found) === key)
    if (named.length > 0 && !about) throw fault(NOT_NAMED)
    if (!(await mayHandOn(parts, grant, all)))
      throw about?.found === null ? invalidTarget() : fault(NOT_ALLOWED)
    if (key !== null) handedOn.add(key)
  }
  for (const grant of byScope) await check(grant, invalidScope)
  for (const grant of byDetails) await check(grant, invalidDetails)
  if (named.some((one) => one.found === null && !handedOn.has(keyOf(one.target, null)))) throw invalidTarget()
}

type Fault = (reason: string) => AppError

/** The same for every spelling of one repository; of an absent one there is one spelling only. */
function keyOf(target: RepositoryTarget, found: FoundRepository | null): string {
  return found?.repo.id ?? nameOf(target)
}

/** What the presented token allows; `null` when that is everything that its subject may do. */
export function withinOf(principal: Principal): Grants | null {
  const whole = layersOf(principal.grants).every(
    (layer) => grantsEverywhere(layer, 'admin') && grantsEverywhere(layer, 'create'),
  )
  return whole || isAllPowerful(principal) ? null : principal.grants
}
