/**
 * The login of a server as a credential: its access token, renewed with the refresh token when it is
 * about to end or was refused.
 *
 * @see RFC 6749, section 6
 */
import type { Clock, Credential } from '../credential.ts'
import type { Login, LoginFiles } from './login-files.ts'
import { SluiceError } from '../sluice-error.ts'
import { CLIENT_ID, requestToken, type TokenEndpointAnswer } from './token-endpoint.ts'

export interface LoginCredentialParts {
  readonly logins: LoginFiles
  /** Base URL, without a slash at its end. */
  readonly server: string
  readonly clock?: Clock
}

/** There is no login, or it has ended: somebody has to sign in. */
export class NotSignedInError extends Error {
  override readonly name = 'NotSignedInError'
}

/** A token with less left is renewed before it is used. */
const RESERVE_MS = 60_000

export function loginCredential({ logins, server, clock = Date }: LoginCredentialParts): Credential {
  let refused: string | null = null
  const isGood = ({ token, expiresAt, refreshToken }: Login) => {
    if (token === refused) return false
    const end = expiresAt ?? Infinity
    return clock.now() < (refreshToken === null ? end : end - RESERVE_MS)
  }
  const renewOnce = async () => {
    const login = await found(logins, server)
    if (isGood(login)) return login // another process was quicker
    const renewed = await renew(login, clock)
    await logins.write(renewed)
    return renewed
  }
  return {
    async token(signal) {
      const login = await found(logins, server)
      if (isGood(login)) return login.token
      return (await logins.whileRenewing(server, renewOnce, signal)).token
    },
    async invalidate(rejected) {
      refused = rejected ?? (await logins.read(server))?.token ?? null
    },
  }
}

async function found(logins: LoginFiles, server: string): Promise<Login> {
  const login = await logins.read(server)
  if (login === null) throw new NotSignedInError('not signed in')
  return login
}

/** @throws NotSignedInError when the login has ended for good */
async function renew(login: Login, clock: Clock): Promise<Login> {
  const { refreshToken } = login
  if (refreshToken === null) throw new NotSignedInError('the login has ended')
  const form = { grant_type: 'refresh_token', refresh_token: refreshToken, client_id: CLIENT_ID }
  try {
    const answer = await requestToken(login.server, form)
    return { ...login, ...tokensOf(answer, clock), refreshToken: answer.refresh_token ?? refreshToken }
  } catch (cause) {
    if (cause instanceof SluiceError && cause.code === 'invalid_grant')
      throw new NotSignedInError('the login has ended', { cause })
    throw cause
  }
}

/** What a login keeps of an answer of the token endpoint. */
export function tokensOf(
  answer: TokenEndpointAnswer,
  clock: Clock,
): Pick<Login, 'token' | 'expiresAt' | 'refreshToken'> {
  return {
    token: answer.access_token,
    expiresAt: answer.expires_in === undefined ? null : clock.now() + answer.expires_in * 1000,
    refreshToken: answer.refresh_token ?? null,
  }
}
