/** Tokens that a form brings. Verifies nothing itself; says in OAuth's words what was wrong with them. */
import { decodeJwt } from 'jose'
import type { Caller } from '../../kernel/credential.ts'
import { AppError } from '../../kernel/errors.ts'
import type { PresentedToken, Principal } from '../../kernel/principal.ts'
import { invalidRequest, type OAuthForm } from './oauth-form.ts'

/** Any bearer token that the server accepts elsewhere. @throws AppError `INVALID_CREDENTIAL`, `UNAVAILABLE` */
export type VerifyToken = (token: string, caller: Caller) => Promise<Principal>

/** Whoever has one has an account. */
export interface Presented {
  /** As it came; a secret. */
  readonly secret: string
  readonly principal: Principal & { readonly accountId: string; readonly token: PresentedToken }
}

const TYPE = 'urn:ietf:params:oauth:token-type:'
export const ACCESS_TOKEN_TYPE = `${TYPE}access_token`
export const JWT_TYPE = `${TYPE}jwt`
const ID_TOKEN_TYPE = `${TYPE}id_token`

/**
 * The token in `name`, of the type that `<name>_type` says.
 *
 * @throws AppError `OAUTH_INVALID_REQUEST` also for one that is not valid
 * @see RFC 8693, sections 2.1, 2.2.2 and 3
 */
export async function presentedToken(
  name: 'subject_token' | 'actor_token',
  form: OAuthForm,
  verify: (token: string) => Promise<Principal>,
): Promise<Presented> {
  const secret = form.require(name)
  const type = form.require(`${name}_type`)
  if (![ACCESS_TOKEN_TYPE, JWT_TYPE, ID_TOKEN_TYPE].includes(type))
    throw invalidRequest(`${name}_type must be access_token, jwt or id_token`)
  const principal = await verify(secret).catch((err: unknown) => {
    throw notValid(name, err)
  })
  const { accountId, token } = principal
  if (accountId === null || token === undefined) throw invalidRequest(`${name} is of no account`)
  if (token.kind === 'opaque' && type !== ACCESS_TOKEN_TYPE)
    throw invalidRequest(`${name} is not of the type that ${name}_type says`)
  return { secret, principal: { ...principal, accountId, token } }
}

/**
 * Who acts by the token, and who did before: its `act`. Read again from the token, because a principal
 * knows only the one who acts now.
 *
 * @param presented verified; `undefined`: nobody acts for its subject
 * @see RFC 8693, section 4.1
 */
export function actorsOf({ secret, principal }: Presented): unknown {
  if (principal.actingFor === undefined) return undefined
  return principal.token.kind === 'signed' ? decodeJwt(secret)['act'] : { sub: principal.accountId }
}

/** Fixed words say why; a server that cannot tell now is no fault of the token. */
function notValid(name: string, err: unknown): unknown {
  if (!(err instanceof AppError) || err.code !== 'INVALID_CREDENTIAL') return err
  const why = (err.details as { reason?: string } | null)?.reason
  return invalidRequest(`${name} is not valid${why === undefined ? '' : ` (${why})`}`)
}
