/**
 * Polls of a login by device. When somebody has confirmed it at the provider behind us, his account is
 * the one that a token of the provider would be of.
 *
 * @see RFC 8628, sections 3.4 and 3.5
 */
import type { ErrorLog } from '../../../http/error-rendering.ts'
import { AppError, type ErrorCode } from '../../../kernel/errors.ts'
import { grantsOfScopes } from '../../../kernel/granting/scopes.ts'
import type { Grants } from '../../../kernel/grants.ts'
import { parseOpaqueToken } from '../../../kernel/opaque-token.ts'
import type { Clock } from '../../../kernel/ports.ts'
import type { Principal } from '../../../kernel/principal.ts'
import type { DeviceLogin, DeviceLogins } from '../../../store/device-logins.ts'
import type { Seal } from '../../../store/secrets/seal.ts'
import { grantRequestOf, withinOf, type GrantRequest, type ReadRequestedGrants } from '../requested-grants.ts'
import { tokenAnswer } from '../token-answer.ts'
import type { GrantHandler, IssueAccessToken, TokenClient, TokenRequest } from '../token-endpoint-types.ts'
import { wishedLife } from '../token-lifetime.ts'
import { orderOfLogin } from './order-of-login.ts'
import type { RefreshFamilies } from './refresh-families.ts'
import type { UpstreamLogin, UpstreamPoll } from './upstream-login.ts'

export const DEVICE_CODE = 'urn:ietf:params:oauth:grant-type:device_code'

export interface DeviceGrantParts {
  readonly upstream: Pick<UpstreamLogin, 'poll'>
  readonly logins: Pick<DeviceLogins, 'byHash' | 'poll' | 'slowDown' | 'end'>
  /** @throws AppError `INVALID_CREDENTIAL`, `UNAVAILABLE` */
  readonly verifyIdToken: (idToken: string) => Promise<Principal>
  readonly families: Pick<RefreshFamilies, 'start'>
  readonly requested: ReadRequestedGrants
  readonly issue: IssueAccessToken
  readonly seal: Seal
  readonly clock: Clock
  readonly log: ErrorLog
}

export function deviceGrant(parts: DeviceGrantParts): GrantHandler {
  return async (request) => {
    const wishes = { grants: grantRequestOf(request.form), life: wishedLife(request.form) }
    const login = await loginOf(parts, request)
    if (!(await parts.logins.poll(login))) throw await slowDown(parts, login)
    const answer = await pollUpstream(parts, login)
    if ('error' in answer) throw await refusalOf(parts, login, answer.error)
    const person = await whoLoggedIn(parts, answer.idToken)
    // Of two polls that saw the confirmation, one ends the login; a crash from here on costs another login.
    if (!(await parts.logins.end(login.hash))) throw invalidGrant()
    return grantLogin(parts, wishes, login, person)
  }
}

async function loginOf(
  { logins, clock }: DeviceGrantParts,
  { form, client }: TokenRequest,
): Promise<DeviceLogin> {
  const code = parseOpaqueToken(form.require('device_code'))
  const login = code?.kind === 'device' ? await logins.byHash(code.hash) : null
  if (login === null || !isHis(login, client)) throw invalidGrant()
  if (login.expiresAt <= clock.now()) throw new AppError('OAUTH_EXPIRED_TOKEN')
  return login
}

function isHis({ clientId }: DeviceLogin, client: TokenClient | null): boolean {
  return clientId === null || clientId === client?.id
}

async function slowDown({ logins }: DeviceGrantParts, { hash }: DeviceLogin): Promise<AppError> {
  await logins.slowDown(hash)
  return new AppError('OAUTH_SLOW_DOWN')
}

/** A provider that is down is no answer: the login goes on. */
async function pollUpstream(
  { upstream, seal, log }: DeviceGrantParts,
  { hash, upstreamCode }: DeviceLogin,
): Promise<UpstreamPoll> {
  const code = seal.open(upstreamCode, hash)
  try {
    return await upstream.poll(code)
  } catch (err) {
    log.warn({ err }, 'login provider not reached')
    throw new AppError('UNAVAILABLE', { cause: err })
  }
}

const ENDED_BY: Readonly<Record<string, ErrorCode>> = {
  access_denied: 'OAUTH_ACCESS_DENIED',
  expired_token: 'OAUTH_EXPIRED_TOKEN',
}

/** What is not in this list is between the provider and us, and ends the login. */
async function refusalOf(parts: DeviceGrantParts, login: DeviceLogin, error: string): Promise<AppError> {
  if (error === 'authorization_pending') return new AppError('OAUTH_AUTHORIZATION_PENDING')
  if (error === 'slow_down') return slowDown(parts, login)
  await parts.logins.end(login.hash)
  const known = Object.hasOwn(ENDED_BY, error) ? ENDED_BY[error] : undefined
  if (known) return new AppError(known)
  parts.log.warn({}, 'login provider refused a device code')
  return invalidGrant()
}

type Person = Principal & { readonly accountId: string }

/** A provider that vouches for nobody has not logged anybody in. */
async function whoLoggedIn({ verifyIdToken }: DeviceGrantParts, idToken: string): Promise<Person> {
  const principal = await verifyIdToken(idToken).catch((err: unknown) => {
    throw err instanceof AppError && err.code === 'INVALID_CREDENTIAL' ? invalidGrant() : err
  })
  const { accountId } = principal
  if (accountId === null) throw invalidGrant()
  return { ...principal, accountId }
}

interface Wishes {
  readonly grants: GrantRequest
  readonly life: ReturnType<typeof wishedLife>
}

async function grantLogin(
  parts: DeviceGrantParts,
  wishes: Wishes,
  { clientId, scope }: DeviceLogin,
  person: Person,
) {
  const grants = narrowed(person, scope)
  const granted = await parts.requested(wishes.grants, { ...person, grants })
  const { family, refreshToken } = await parts.families.start({
    subjectId: person.accountId,
    actorId: null,
    clientId,
    grants,
    mintedFrom: [],
  })
  const issued = await parts.issue(orderOfLogin(family, person, granted, wishes.life))
  return { ...tokenAnswer(issued, granted.words), refresh_token: refreshToken }
}

/** What the login asked for, and no more than the provider's own words allow. */
function narrowed(person: Person, scope: string | null): Grants {
  if (scope === null) return person.grants
  const within = withinOf(person)
  return { ...grantsOfScopes(scope.split(' '), []), admin: false, ...(within && { within }) }
}

function invalidGrant(): AppError {
  const reason = 'the device code is not valid, was used before, or is of another client; log in again'
  return new AppError('OAUTH_INVALID_GRANT', { details: { reason } })
}
