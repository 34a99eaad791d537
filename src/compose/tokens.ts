/** The tokens room: who gets a token for what, how it is told of and taken back. */
import type { FastifyPluginCallback } from 'fastify'
import type { Config } from '../config/config.ts'
import type { ErrorLog } from '../http/error-rendering.ts'
import type { FindRepository } from '../kernel/directory.ts'
import type { Clock } from '../kernel/ports.ts'
import { CLIENT_CREDENTIALS, clientCredentials } from '../rooms/tokens/client-credentials.ts'
import { introspection } from '../rooms/tokens/introspect.ts'
import { introspectionRoute } from '../rooms/tokens/introspection.ts'
import { issueAccessToken } from '../rooms/tokens/issue-access-token.ts'
import type { Seal } from '../store/secrets/seal.ts'
import { tokenSigner } from '../rooms/tokens/keys/sign-token.ts'
import { oauthRoutes } from '../rooms/tokens/oauth-routes.ts'
import type { VerifyToken } from '../rooms/tokens/presented-token.ts'
import { publishedRoutes } from '../rooms/tokens/published.ts'
import { requestedGrants } from '../rooms/tokens/requested-grants.ts'
import { revocationRoute } from '../rooms/tokens/revocation.ts'
import { revokeToken } from '../rooms/tokens/revoke-token.ts'
import { tokenEndpoint } from '../rooms/tokens/token-endpoint.ts'
import type { GrantHandler } from '../rooms/tokens/token-endpoint-types.ts'
import { TOKEN_EXCHANGE, tokenExchange } from '../rooms/tokens/token-exchange.ts'
import type { Identity } from './identity.ts'
import { openLogins } from './logins.ts'
import type { Records } from './records.ts'
import { workloadGrants } from './workloads.ts'

export interface Tokens {
  /** Endpoints outside /v1. */
  readonly oauth: FastifyPluginCallback
  /** Documents for anybody, below /.well-known. */
  readonly published: FastifyPluginCallback
}

export interface TokensParts {
  readonly records: Records
  readonly identity: Identity
  readonly find: FindRepository
  readonly clock: Clock
  readonly baseUrl: string
  readonly log: ErrorLog
  /** For what a login leaves in the database. */
  readonly loginSeal: Seal
}

export function openTokens(config: Config, parts: TokensParts): Tokens {
  const { records, identity, find, clock, baseUrl } = parts
  const { accounts, organisations, orgMembers } = records
  const verify: VerifyToken = async (secret, caller) =>
    identity.authenticate({ kind: 'bearer', secret }, caller)
  const ownsOrg = (orgId: string, id: string) => orgMembers.isOwner(orgId, id)
  const isMember = async (orgId: string, id: string) => (await orgMembers.find(orgId, id)) !== null

  const sign = tokenSigner(identity.issuers[0] ?? baseUrl, identity.keys, clock)
  const issue = issueAccessToken({ sign, clock })
  const surfaceOrg = config.surface.orgSlug
  const requested = requestedGrants({ bases: identity.bases, find, organisations, surfaceOrg })

  const logins = openLogins(config, { ...parts, requested, issue })
  const handlers: Readonly<Record<string, GrantHandler>> = {
    [TOKEN_EXCHANGE]: tokenExchange({ verify, requested, issue, accounts, isMember }),
    [CLIENT_CREDENTIALS]: clientCredentials({ requested, issue }),
    ...workloadGrants(parts, { requested, issue }),
    ...logins.handlers,
  }
  const { identify, credentialsChanged } = identity
  const issuer = identity.issuers[0] ?? baseUrl
  const introspect = introspection({
    verify,
    refreshToken: logins.standingOf,
    accounts,
    ownsOrg,
    issuer,
    surfaceOrg,
  })
  const revoke = revokeToken({
    identify,
    tokens: records.tokens,
    families: logins.families,
    credentialsChanged,
  })
  return {
    oauth: oauthRoutes([
      (app) => tokenEndpoint(app, { handlers, verify }),
      (app) => introspectionRoute(app, introspect),
      (app) => revocationRoute(app, { verify, revoke }),
      ...logins.endpoints,
    ]),
    published: publishedRoutes({
      issuer,
      baseUrl,
      keys: identity.keys,
      revocations: { revoked: records.revocations, clock },
      grantTypes: Object.keys(handlers),
      authorizationServers: [issuer, ...loginIssuers(config)],
    }),
  }
}

function loginIssuers({ jwksIssuers }: Config): readonly string[] {
  return jwksIssuers.filter(({ use }) => use === 'login').map(({ issuer }) => issuer)
}
