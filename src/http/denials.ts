/** What is noted of those who were refused. Who is refused is decided elsewhere; nothing of a credential is read. */
import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { Denial, NoteDenial } from '../kernel/denial.ts'
import type { FoundRepository } from '../kernel/directory.ts'
import { AppError } from '../kernel/errors.ts'
import type { Push } from '../kernel/policy.ts'
import { ANONYMOUS, subjectOf } from '../kernel/principal.ts'
import type { Refusal } from '../kernel/ref-update.ts'
import { actorOf } from './actor.ts'
import { partyOf } from './rate-limit.ts'

/** Answers to a credential, code or assertion that is not good. */
const FAILED_LOGINS: ReadonlySet<string> = new Set([
  'INVALID_CREDENTIAL',
  'OAUTH_INVALID_CLIENT',
  'OAUTH_INVALID_GRANT',
])

/**
 * Refused by the policies of the door.
 *
 * @returns `null` for what nobody has asked for but the server itself
 */
export function deniedPush(push: Push, refusals: readonly Refusal[]): Denial | null {
  const { repo, principal, agentId, via, address } = push
  if (address === undefined) return null
  return {
    type: 'push.denied',
    party: partyOf(principal, address),
    repo,
    actorId: subjectOf(principal),
    agentId,
    data: { via, address },
    refs: refusals.map(({ ref, code, reason }) => ({ ref, code, reason })),
  }
}

/**
 * Refused by permission, to somebody who may see the repository.
 *
 * @returns `null` for what would have changed nothing
 */
export function deniedAccess(
  request: FastifyRequest,
  { repo }: FoundRepository,
  lacks: { readonly required: string; readonly missing: string },
): Denial | null {
  if (lacks.required === 'repo:read' || (isRead(request) && !isGit(request))) return null
  const { principal, ip } = request
  return {
    type: 'access.denied',
    party: partyOf(principal, ip),
    repo,
    ...actorOf(request),
    data: { route: routeOf(request), address: ip, ...lacks },
  }
}

/** Notes every credential that was presented and refused; a request without one has failed at nothing. */
export function noteFailedLogins(app: FastifyInstance, note: NoteDenial): void {
  app.addHook('onError', (request, _reply, error, done) => {
    if (error instanceof AppError && FAILED_LOGINS.has(error.code)) note(failedLogin(request, error))
    done()
  })
}

function failedLogin(request: FastifyRequest, { code, details }: AppError): Denial {
  const reason = (details as { reason?: unknown } | null)?.reason
  return {
    type: 'login.failed',
    party: partyOf(ANONYMOUS, request.ip),
    repo: null,
    actorId: null,
    agentId: null,
    data: {
      route: routeOf(request),
      address: request.ip,
      code,
      reason: typeof reason === 'string' ? reason : null,
    },
  }
}

/** Its pattern, never the address: a client may have put a credential into that. */
function routeOf({ method, routeOptions }: FastifyRequest): string {
  return `${method} ${routeOptions.url ?? ''}`
}

function isRead({ method }: FastifyRequest): boolean {
  return method === 'GET' || method === 'HEAD'
}

/** A push begins with a GET. */
function isGit({ routeOptions }: FastifyRequest): boolean {
  return routeOptions.config.errors === 'text'
}
