/**
 * Permission stands on the route: reads `config.access` and puts the checks in front of the handler.
 * A route that does not say who may call it stops the start. Decides nothing itself: see
 * kernel/access.ts.
 */
import type { FastifyInstance, FastifyReply, FastifyRequest, RouteOptions } from 'fastify'
import { covers, isAllPowerful, judge } from '../kernel/access.ts'
import type { Caller, Credential } from '../kernel/credential.ts'
import type { FindRepository, FoundRepository, ReadGate } from '../kernel/directory.ts'
import { AppError } from '../kernel/errors.ts'
import type { Action } from '../kernel/grants.ts'
import { ANONYMOUS, type Principal } from '../kernel/principal.ts'
import { credentialReader } from './credentials.ts'
import { isFromThisMachine } from './loopback.ts'
import type { Access, RateClass, RepositoryAccess } from './route-config.ts'

export interface PermissionParts {
  /** At once where it is remembered. @throws AppError `INVALID_CREDENTIAL` */
  readonly authenticate: (credential: Credential, caller: Caller) => Principal | Promise<Principal>
  readonly find: FindRepository
  /** Passed before refs are shown. @throws what refuses the request */
  readonly readGate: ReadGate
  /** Told of a request that is answered 403, to somebody who may see the repository. */
  readonly onForbidden: (request: FastifyRequest, found: FoundRepository, lacks: Lack) => void
  /** Counts a request of this principal; throws `RATE_LIMITED`. */
  readonly limit: (
    rate: RateClass,
    principal: Principal,
    request: FastifyRequest,
    reply: FastifyReply,
  ) => Promise<void>
}

/** `scope`: another credential of the same subject would do. `role`: an owner must grant more. */
export interface Lack {
  readonly required: string
  readonly missing: 'role' | 'scope'
}

/** Guards every route that is registered after this call. */
export function guardRoutes(app: FastifyInstance, parts: PermissionParts): void {
  decorateRequest(app)
  const identified = identifier(parts, credentialReader())
  app.addHook('onRoute', (route) => {
    const access = route.config?.access
    if (!access) throw new Error(`${String(route.method)} ${route.url} does not say who may call it`)
    const check = guard(
      { ...parts, identified },
      access,
      rateOf(route, access),
      route.config?.errors === 'text',
    )
    if (check) route.onRequest = [check, ...[route.onRequest ?? []].flat()]
  })
}

/** The steps before a handler; `null` when there are none. */
function guard(
  parts: PermissionParts & { identified: Identified },
  access: Access,
  rate: RateClass | 'none',
  git: boolean,
) {
  if (access.kind === 'open' && rate === 'none') return null
  return async (request: FastifyRequest, reply: FastifyReply): Promise<void> => {
    const count = async (who: Principal): Promise<void> => {
      if (rate !== 'none') await parts.limit(rate, who, request, reply)
    }
    if (access.kind !== 'open') request.principal = await parts.identified(request, () => count(ANONYMOUS))
    await count(request.principal)
    await authorise(parts, access, request, reply, git)
  }
}

function rateOf(route: RouteOptions, access: Access): RateClass | 'none' {
  if (route.config?.rate) return route.config.rate
  if (access.kind === 'open' || route.config?.errors === 'text') return 'none'
  return ['GET', 'HEAD'].includes(String(route.method)) ? 'read' : 'write'
}

type Identified = (request: FastifyRequest, countGuess: () => Promise<void>) => Promise<Principal>

/** A credential that is there must be good, also where none is needed. Guessing is counted, too. */
function identifier(
  { authenticate }: PermissionParts,
  read: ReturnType<typeof credentialReader>,
): Identified {
  return async (request, countGuess) => {
    try {
      const credential = read(request.raw)
      return credential
        ? await authenticate(credential, { address: request.ip, target: request.url })
        : ANONYMOUS
    } catch (err) {
      await countGuess()
      throw err
    }
  }
}

type Finding = Pick<PermissionParts, 'find' | 'readGate' | 'onForbidden'>

async function authorise(
  parts: Finding,
  access: Access,
  request: FastifyRequest,
  reply: FastifyReply,
  git: boolean,
): Promise<void> {
  const { principal } = request
  switch (access.kind) {
    case 'open':
      return
    case 'signed-in':
      if (principal.kind === 'anonymous') throw new AppError('UNAUTHORIZED')
      return
    case 'server-admin':
      if (access.loopback === 'allowed' && isFromThisMachine(request.raw)) return
      if (principal.kind === 'anonymous') throw new AppError('UNAUTHORIZED')
      if (!isAllPowerful(principal)) throw forbidden({ required: 'admin', missing: 'scope' })
      return
    case 'repository':
      request.found = await findPermitted(parts, access, request, git)
      if (needsRefs(access, request)) await passReadGate(parts, access, request, reply)
  }
}

/** What stood in the row may have changed with the refs: the default branch. @see RFC 7234, section 5.5.1 */
async function passReadGate(
  { readGate, find }: Finding,
  access: RepositoryAccess,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<void> {
  const { found, principal } = request
  const stale = await readGate(found.repo, principal)
  if (stale !== null)
    reply.headers({ warning: '110 - "Response is Stale"', age: Math.round(stale.ageMs / 1_000) })
  if (found.repo.kind === 'gate') request.found = (await find(access.address(request), principal)) ?? found
}

/** Whoever manages a repository, its settings and its members, needs none of its refs. */
function needsRefs({ action, withoutRefs }: RepositoryAccess, request: FastifyRequest): boolean {
  if (withoutRefs) return false
  return (typeof action === 'function' ? action(request) : action) !== 'admin'
}

async function findPermitted(
  { find, onForbidden }: Omit<Finding, 'readGate'>,
  access: RepositoryAccess,
  request: FastifyRequest,
  git: boolean,
): Promise<FoundRepository> {
  const { principal } = request
  const action = typeof access.action === 'function' ? access.action(request) : access.action
  const address = access.address(request)
  let found = await find(address, principal)
  if (found?.repo.state === 'provisional') found = null
  found ??= (await access.whenMissing?.(address, principal, action)) ?? null
  const asks = git && address.kind !== 'nostr' // there nobody needs a credential
  if (!found) throw absent(principal, asks)
  if (found.repo.state === 'deleted') return findDeleted(found, access, principal, asks)

  switch (judge(principal, action, found.resource)) {
    case 'allow':
      return found
    case 'challenge':
      throw new AppError('UNAUTHORIZED')
    case 'hide':
      throw absent(principal, asks)
    case 'forbid': {
      const lacks = lackOf(principal, action, found)
      onForbidden(request, found, lacks)
      throw forbidden(lacks)
    }
  }
}

/** Only its owner learns that a deleted repository was there. */
function findDeleted(
  found: FoundRepository,
  access: RepositoryAccess,
  principal: Principal,
  git: boolean,
): FoundRepository {
  if (judge(principal, 'admin', found.resource) !== 'allow') throw absent(principal, git)
  if (access.deleted === 'allowed') return found
  throw new AppError('GONE', {
    details: { id: found.repo.id, restore: `/repos/by-id/${found.repo.id}/restore` },
  })
}

/**
 * What is not there and what is hidden look the same. git sends the credential of its URL only
 * after a 401, so it is asked for one.
 */
function absent(principal: Principal, git: boolean): AppError {
  return new AppError(git && principal.kind === 'anonymous' ? 'UNAUTHORIZED' : 'REPO_NOT_FOUND')
}

function forbidden(lacks: Lack): AppError {
  return new AppError('FORBIDDEN', { details: lacks })
}

function lackOf(principal: Principal, action: Action, { resource }: FoundRepository): Lack {
  const missing = covers(principal.grants, action, resource) ? 'role' : 'scope'
  return { required: `repo:${action}`, missing }
}

const PRINCIPAL = Symbol('principal')
const FOUND = Symbol('found')

type Slots = FastifyRequest & { [PRINCIPAL]: Principal | null; [FOUND]: FoundRepository | null }

function decorateRequest(app: FastifyInstance): void {
  app.decorateRequest(PRINCIPAL, null)
  app.decorateRequest(FOUND, null)
  app.decorateRequest('principal', {
    getter(this: FastifyRequest) {
      return (this as Slots)[PRINCIPAL] ?? ANONYMOUS
    },
    setter(this: FastifyRequest, principal: Principal) {
      ;(this as Slots)[PRINCIPAL] = principal
    },
  })
  app.decorateRequest('found', {
    getter(this: FastifyRequest) {
      const found = (this as Slots)[FOUND]
      if (!found) throw new Error('this route is not about a repository')
      return found
    },
    setter(this: FastifyRequest, found: FoundRepository) {
      ;(this as Slots)[FOUND] = found
    },
  })
}
