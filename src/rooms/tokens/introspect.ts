/** What a token is good for at this moment, and who may know that. @see RFC 7662, section 2 */
import { isAllPowerful, layersOf } from '../../kernel/access.ts'
import type { Account } from '../../kernel/account.ts'
import type { Caller } from '../../kernel/credential.ts'
import { AppError } from '../../kernel/errors.ts'
import { wordsOfGrants } from '../../kernel/granting/words-of-grants.ts'
import type { Grants } from '../../kernel/grants.ts'
import { managesAccount } from '../../kernel/managing.ts'
import { subjectOf, type PresentedToken, type Principal } from '../../kernel/principal.ts'
import type { StandingOfRefreshToken } from './logins/refresh-token-standing.ts'
import type { VerifyToken } from './presented-token.ts'

export interface IntrospectParts {
  /** As if the token were presented now: what was revoked or disabled is not valid. */
  readonly verify: VerifyToken
  readonly refreshToken: StandingOfRefreshToken
  readonly accounts: { byId(accountId: string): Promise<Account | null> }
  readonly ownsOrg: (orgId: string, accountId: string) => Promise<boolean>
  /** `iss` of the tokens that carry none because they are ours. */
  readonly issuer: string
  /** Slug of the organisation whose repositories are served under `/git/<name>`. */
  readonly surfaceOrg: string
}

/** Parameters of the answer, by their registered names. Times are seconds since 1970. */
export interface Introspection {
  readonly active: boolean
  readonly [parameter: string]: unknown
}

export type Introspect = (token: string, asking: Principal, caller: Caller) => Promise<Introspection>

/** All that is ever told of a token that is not valid, or not for these eyes. @see RFC 7662, section 2.2 */
const INACTIVE: Introspection = { active: false }

/** @returns a function that throws AppError `UNAVAILABLE` when nobody can say now */
export function introspection(parts: IntrospectParts): Introspect {
  return async (secret, asking, caller) => {
    const refreshing = await parts.refreshToken(secret)
    const found = refreshing ?? (await parts.verify(secret, caller).catch(asInvalid))
    if (!isOfAccount(found)) return INACTIVE
    const account = await parts.accounts.byId(found.accountId)
    if (account === null || !(await mayKnow(parts, asking, found, account))) return INACTIVE
    const type = refreshing ? {} : { token_type: 'Bearer' } // nobody can present a refresh token
    return { ...(await describe(parts, found, account)), ...type }
  }
}

type Found = Principal & { readonly accountId: string; readonly token: PresentedToken }

function isOfAccount(found: Principal | null): found is Found {
  return typeof found?.accountId === 'string' && found.token !== undefined
}

/** Itself, what was minted from it, tokens of its account, of whom it acts for it, and of machines in its care. */
async function mayKnow(
  { ownsOrg }: IntrospectParts,
  asking: Principal,
  found: Found,
  account: Account,
): Promise<boolean> {
  if (isAllPowerful(asking)) return true
  const own = asking.token?.id
  if (own !== undefined && [found.token.id, ...found.token.mintedFrom].includes(own)) return true
  if (asking.accountId !== null && [found.accountId, found.actingFor].includes(asking.accountId)) return true
  return managesAccount(asking, account, ownsOrg)
}

async function describe(parts: IntrospectParts, found: Found, account: Account): Promise<Introspection> {
  const { token, grants, actingFor } = found
  const subject = actingFor === undefined ? account : await parts.accounts.byId(actingFor)
  const [own, ...outer] = layersOf(grants).map((layer) => wordsOf(layer, parts.surfaceOrg))
  return present({
    active: true,
    ...own,
    within: outer.length === 0 ? undefined : outer,
    client_id: token.clientId ?? undefined,
    username: subject?.displayName,
    account_kind: subject?.kind,
    exp: secondsOf(token.expiresAt),
    iat: secondsOf(token.issuedAt),
    sub: subjectOf(found),
    aud: audienceOf(token),
    iss: token.issuer ?? (token.kind === 'opaque' ? parts.issuer : undefined),
    jti: token.id,
    act: actingFor === undefined ? undefined : { sub: found.accountId },
  })
}

/** @see RFC 9396, section 9.2 */
function wordsOf(layer: Grants, surfaceOrg: string): object {
  const { scope, authorizationDetails } = wordsOfGrants(layer, surfaceOrg)
  return {
    ...(scope !== '' && { scope }),
    ...(authorizationDetails.length > 0 && { authorization_details: authorizationDetails }),
  }
}

function audienceOf({ audience }: PresentedToken): string | readonly string[] | undefined {
  if (audience.length === 0) return undefined
  return audience.length === 1 ? audience[0] : audience
}

function secondsOf(timeMs: number | null): number | undefined {
  return timeMs === null ? undefined : Math.floor(timeMs / 1000)
}

function present(answer: Introspection): Introspection {
  const there = Object.entries(answer).filter(([, value]) => value !== undefined)
  return Object.fromEntries(there) as Introspection
}

function asInvalid(err: unknown): null {
  if (err instanceof AppError && err.code === 'INVALID_CREDENTIAL') return null
  throw err
}
