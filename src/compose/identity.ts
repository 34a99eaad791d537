/** Who is asking: every verifier that the settings name, in order. */
import type { Config } from '../config/config.ts'
import type { Clock } from '../kernel/ports.ts'
import { newId } from '../kernel/uuid.ts'
import { firstAdminToken } from '../rooms/tokens/admin-token.ts'
import { BearerTokens } from '../rooms/identity/bearer-tokens.ts'
import { CredentialChanges } from '../rooms/identity/credential-changes.ts'
import { fetchJwks, parseJwksUri } from '../rooms/identity/fetch-jwks.ts'
import { internalToken } from '../rooms/identity/internal-token.ts'
import { jwksIssuer } from '../rooms/identity/jwks-issuer.ts'
import { JwksKeys } from '../rooms/identity/jwks-keys.ts'
import { jwtTokens, type JwtIssuer } from '../rooms/identity/jwt.ts'
import { opaqueTokens } from '../rooms/identity/opaque-tokens.ts'
import { ownIssuer } from '../rooms/identity/own-issuer.ts'
import { sharedSecret } from '../rooms/identity/shared-secret.ts'
import type { SigningKeys } from '../rooms/tokens/keys/signing-keys.ts'
import { verifyInOrder, type VerifyCredential } from '../rooms/identity/verify.ts'
import type { ErrorLog } from '../http/error-rendering.ts'
import type { Records } from './records.ts'
import { openSigningKeys } from './signing-keys.ts'

export interface Identity {
  readonly authenticate: VerifyCredential
  readonly keys: SigningKeys
  /** Call after a change to a token or an account by this process: the next request sees it. */
  readonly credentialsChanged: () => void
  /** `iss` values of our own tokens; the first one signs. */
  readonly issuers: readonly string[]
  /** Only at the first start of a database. */
  readonly adminToken: string | null
}

export interface IdentityParts {
  readonly records: Records
  readonly clock: Clock
  readonly log: ErrorLog
  readonly baseUrl: string
}

/** @throws AppError `KEY_SECRET_UNUSABLE` */
export async function openIdentity(config: Config, parts: IdentityParts): Promise<Identity> {
  const { records, clock, baseUrl } = parts
  const issuers = config.ownIssuers.length > 0 ? config.ownIssuers : [baseUrl]
  const keys = await openSigningKeys(config, parts)
  const anyRevoked = (ids: readonly string[]) => records.revocations.anyRevoked(ids)
  const changes = await CredentialChanges.open(records.revocations, clock)
  const own = ownIssuer({
    issuers,
    keys,
    accounts: records.accounts,
    anyRevoked,
    clock,
  })
  const jwts = jwtTokens([own, ...foreignIssuers(config, parts)])
  const { accounts, tokens, meta } = records
  const opaque = opaqueTokens({ rows: tokens, accounts, anyRevoked, clock })
  const bearer = new BearerTokens([opaque, jwts], changes, clock)
  const internal = internalToken(config.secrets.internalToken?.reveal() ?? null)
  return {
    authenticate: verifyInOrder([bearer.verify, internal]),
    keys,
    credentialsChanged: () => changes.expire(),
    issuers,
    adminToken: await firstAdminToken({ meta, accounts, tokens, newId, clock }),
  }
}

/** JWKS issuers as listed; then the shared secret, which takes every HS256 token that is left. */
function foreignIssuers(config: Config, { records, clock, log, baseUrl }: IdentityParts): JwtIssuer[] {
  const subjects = (issuer: string, accountIds: boolean) => ({
    issuer,
    trust: { admin: false, accountIds },
    accounts: records.accounts,
    bases: [baseUrl],
    anyRevoked: (ids: readonly string[]) => records.revocations.anyRevoked(ids),
  })
  const listed = config.jwksIssuers.map((rules) => {
    const uri = parseJwksUri(rules.jwksUri)
    const onFetchError = (err: unknown) =>
      log.warn({ err, issuer: rules.issuer }, 'keys of an issuer not read')
    const published = new JwksKeys({ fetch: () => fetchJwks(uri), clock, onFetchError })
    return jwksIssuer(rules, published, subjects(rules.issuer, false), clock)
  })
  const shared = config.secrets.cookieSecret
  return shared ? [...listed, sharedSecret(shared.reveal(), subjects('platform', true), clock)] : listed
}
