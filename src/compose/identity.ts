/** Who is asking: every verifier that the settings name, in order. */
import type { JSONWebKeySet } from 'jose'
import type { Config, JwksIssuerConfig } from '../config/config.ts'
import type { Caller, Credential, Verifier } from '../kernel/credential.ts'
import type { Clock } from '../kernel/ports.ts'
import { newId } from '../kernel/uuid.ts'
import { firstAdminToken } from '../rooms/tokens/admin-token.ts'
import { BearerTokens } from '../rooms/identity/bearer-tokens.ts'
import { CredentialChanges } from '../rooms/identity/credential-changes.ts'
import { fetchJwks } from '../rooms/identity/fetch-jwks.ts'
import type { ForeignSubjects } from '../rooms/identity/foreign-principal.ts'
import { internalToken } from '../rooms/identity/internal-token.ts'
import { jwksIssuer } from '../rooms/identity/jwks-issuer.ts'
import { JwksKeys } from '../rooms/identity/jwks-keys.ts'
import { jwtTokens, type JwtIssuer } from '../rooms/identity/jwt.ts'
import { opaqueTokens } from '../rooms/identity/opaque-tokens.ts'
import { ownIssuer } from '../rooms/identity/own-issuer.ts'
import { sharedSecret } from '../rooms/identity/shared-secret.ts'
import type { SigningKeys } from '../rooms/tokens/keys/signing-keys.ts'
import { invalid, type TokenVerifier } from '../rooms/identity/token-verifier.ts'
import { verifyInOrder } from '../rooms/identity/verify.ts'
import { assertionsOf } from '../rooms/identity/workload-issuers.ts'
import { parseTrustedUri } from '../http/bounded-fetch.ts'
import type { ErrorLog } from '../http/error-rendering.ts'
import type { VerifyAssertion } from '../kernel/assertion.ts'
import type { Principal } from '../kernel/principal.ts'
import type { Records } from './records.ts'
import { openSigningKeys } from './signing-keys.ts'
import { regardless, standingIn, type Standing } from './standing.ts'

export interface Identity {
  /** At once where it is remembered. @throws AppError `INVALID_CREDENTIAL`, `UNAVAILABLE` */
  readonly authenticate: (credential: Credential, caller: Caller) => Principal | Promise<Principal>
  /** Who a bearer token is of, if it is genuine and has not ended, whatever became of it and its accounts. */
  readonly identify: (token: string, caller: Caller) => Promise<Principal>
  readonly keys: SigningKeys
  /** Call after a change to a token or an account by this process: the next request sees it. */
  readonly credentialsChanged: () => void
  /** Of every issuer in the settings. */
  readonly verifyAssertion: VerifyAssertion
  readonly verifyIdTokens: (provider: LoginProvider) => VerifyIdToken
  /** `iss` values of our own tokens; the first one signs. */
  readonly issuers: readonly string[]
  /** Origins whose addresses are ours in an audience; the first one is where clients reach us. */
  readonly bases: readonly string[]
  /** Only at the first start of a database. */
  readonly adminToken: string | null
}

/** @returns whoever it is about. @throws AppError `INVALID_CREDENTIAL`, `UNAVAILABLE` */
export type VerifyIdToken = (idToken: string) => Promise<Principal>

export interface LoginProvider {
  readonly issuer: string
  readonly clientId: string
  readonly jwksUri: () => Promise<URL>
}

type ListedIssuer = JwksIssuerConfig & { readonly keys: JwksKeys }

export interface IdentityParts {
  readonly records: Records
  readonly clock: Clock
  readonly log: ErrorLog
  readonly baseUrl: string
  /** Of other credentials than tokens and secrets; asked first. */
  readonly others?: readonly Verifier[]
}

/** @throws AppError `KEY_SECRET_UNUSABLE` */
export async function openIdentity(config: Config, parts: IdentityParts): Promise<Identity> {
  const { records, clock, baseUrl } = parts
  const issuers = config.ownIssuers.length > 0 ? config.ownIssuers : [baseUrl]
  const keys = await openSigningKeys(config, parts)
  const changes = await CredentialChanges.open(records.revocations, clock)
  const listed = listedIssuers(config, parts)
  const bases = [...new Set([baseUrl, ...issuers])]
  const verifiersBy = (standing: Standing) => [
    opaqueTokens({ ...standing, clock }),
    jwtTokens([
      ownIssuer({ ...standing, issuers, bases, keys, clock }),
      ...foreignIssuers(config, listed, { ...standing, clock, baseUrl }),
    ]),
  ]
  const standing = standingIn(records)
  const bearer = new BearerTokens(verifiersBy(standing), changes, clock)
  const regardlessly = verifiersBy(regardless(standing))
  const internal = internalToken(config.secrets.internalToken?.reveal() ?? null)
  const verify = verifyInOrder([...(parts.others ?? []), bearer.verify, internal])
  return {
    authenticate: (credential, caller) => bearer.remembered(credential) ?? verify(credential, caller),
    identify: (token, caller) => askInOrder(regardlessly, token, caller),
    keys,
    credentialsChanged: () => changes.expire(),
    verifyAssertion: assertionsOf(
      listed.map(({ issuer, algorithms, keys }) => ({ issuer, algorithms, key: keys.resolve })),
      clock,
    ),
    verifyIdTokens: (provider) => idTokensOf(provider, parts),
    issuers,
    bases,
    adminToken: await firstAdminToken({ ...records, newId, clock }),
  }
}

/** @throws AppError `INVALID_CREDENTIAL`, `UNAVAILABLE` */
async function askInOrder(
  verifiers: readonly TokenVerifier[],
  token: string,
  caller: Caller,
): Promise<Principal> {
  for (const verify of verifiers) {
    const verified = await verify(token, caller)
    if (verified) return verified.principal
  }
  throw invalid('unknown-token')
}

/** One reader of its keys for each issuer that is listed, whatever its tokens are good for. */
function listedIssuers(config: Config, parts: IdentityParts): readonly ListedIssuer[] {
  return config.jwksIssuers.map((rules) => {
    const uri = parseTrustedUri(rules.jwksUri)
    return { ...rules, keys: keysFrom(rules.issuer, () => fetchJwks(uri), parts) }
  })
}

function keysFrom(
  issuer: string,
  fetch: () => Promise<JSONWebKeySet>,
  { clock, log }: IdentityParts,
): JwksKeys {
  const onFetchError = (err: unknown) => log.warn({ err, issuer }, 'keys of an issuer not read')
  return new JwksKeys({ fetch, clock, onFetchError })
}

interface ForeignParts extends Pick<Standing, 'accounts' | 'anyRevoked'> {
  readonly clock: Clock
  readonly baseUrl: string
}

/** Issuers of people's tokens as listed; then the shared secret, which takes every HS256 token that is left. */
function foreignIssuers(
  config: Config,
  listed: readonly ListedIssuer[],
  parts: ForeignParts,
): readonly JwtIssuer[] {
  const { clock } = parts
  const logins = listed
    .filter(({ use }) => use === 'login')
    .map((rules) => jwksIssuer(rules, rules.keys, subjectsOf(rules.issuer, false, parts), clock))
  const shared = config.secrets.cookieSecret
  const subjects = subjectsOf('platform', true, parts)
  return shared ? [...logins, sharedSecret(shared.reveal(), subjects, clock)] : logins
}

function subjectsOf(
  issuer: string,
  accountIds: boolean,
  { accounts, anyRevoked, baseUrl }: ForeignParts,
): ForeignSubjects {
  return { issuer, trust: { admin: false, accountIds }, accounts, bases: [baseUrl], anyRevoked }
}

/** The provider at which people log in by device makes the same accounts as its tokens do elsewhere. */
function idTokensOf({ issuer, clientId, jwksUri }: LoginProvider, parts: IdentityParts): VerifyIdToken {
  const keys = keysFrom(issuer, async () => fetchJwks(await jwksUri()), parts)
  const rules = { issuer, audiences: [clientId], algorithms: ['RS256', 'ES256', 'EdDSA'] } as const
  const subjects = subjectsOf(issuer, false, { ...parts, ...standingIn(parts.records) })
  const verifier = jwksIssuer(rules, keys, subjects, parts.clock)
  return async (idToken) => (await verifier.verify(idToken)).principal
}
