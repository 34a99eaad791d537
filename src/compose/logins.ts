/** Logins of people: by device at the provider in the settings, and what keeps them going. */
import type { Config, LoginConfig } from '../config/config.ts'
import type { ErrorLog } from '../http/error-rendering.ts'
import type { ZodApp } from '../http/zod-app.ts'
import type { Clock } from '../kernel/ports.ts'
import { newId } from '../kernel/uuid.ts'
import type { Seal } from '../store/secrets/seal.ts'
import { deviceAuthorizationRoute } from '../rooms/tokens/logins/device-authorization.ts'
import { DEVICE_CODE, deviceGrant } from '../rooms/tokens/logins/device-grant.ts'
import { RefreshFamilies } from '../rooms/tokens/logins/refresh-families.ts'
import { REFRESH_TOKEN, refreshGrant } from '../rooms/tokens/logins/refresh-grant.ts'
import {
  standingOfRefreshToken,
  type StandingOfRefreshToken,
} from '../rooms/tokens/logins/refresh-token-standing.ts'
import { discovery } from '../rooms/tokens/logins/upstream-discovery.ts'
import { upstreamLogin } from '../rooms/tokens/logins/upstream-login.ts'
import type { ReadRequestedGrants } from '../rooms/tokens/requested-grants.ts'
import { standingPrincipal } from '../rooms/tokens/standing-principal.ts'
import type { GrantHandler, IssueAccessToken } from '../rooms/tokens/token-endpoint-types.ts'
import type { Identity } from './identity.ts'
import type { Records } from './records.ts'

export interface Logins {
  readonly families: RefreshFamilies
  readonly standingOf: StandingOfRefreshToken
  /** By `grant_type`. */
  readonly handlers: Readonly<Record<string, GrantHandler>>
  readonly endpoints: readonly ((app: ZodApp) => void)[]
}

export interface LoginsParts {
  readonly records: Records
  readonly identity: Identity
  readonly requested: ReadRequestedGrants
  readonly issue: IssueAccessToken
  readonly clock: Clock
  readonly log: ErrorLog
  /** For what a login leaves in the database. */
  readonly loginSeal: Seal
}

export function openLogins(config: Config, parts: LoginsParts): Logins {
  const { records, identity, requested, issue } = parts
  const { credentialsChanged } = identity
  const families = new RefreshFamilies({ rows: records.refreshTokens, newId, credentialsChanged })
  const standing = standingPrincipal(records.accounts)
  const anyRevoked = (ids: readonly string[]) => records.revocations.anyRevoked(ids)
  const refresh = refreshGrant({ families, anyRevoked, standing, requested, issue })
  const device = config.login === null ? null : byDevice(config, config.login, { ...parts, families })
  return {
    families,
    standingOf: standingOfRefreshToken({ families, anyRevoked, standing }),
    handlers: { [REFRESH_TOKEN]: refresh, ...device?.handlers },
    endpoints: device ? [device.endpoint] : [],
  }
}

function byDevice(
  { secrets }: Config,
  { issuer, clientId, scope }: LoginConfig,
  parts: LoginsParts & { readonly families: RefreshFamilies },
) {
  const { records, identity, clock } = parts
  const discover = discovery(issuer, clock)
  const clientSecret = secrets.loginClientSecret?.reveal() ?? null
  const upstream = upstreamLogin({ clientId, clientSecret, scope }, discover)
  const jwksUri = async () => (await discover()).jwksUri
  const shared = { ...parts, seal: parts.loginSeal, upstream, logins: records.deviceLogins }
  const verifyIdToken = identity.verifyIdTokens({ issuer, clientId, jwksUri })
  return {
    handlers: { [DEVICE_CODE]: deviceGrant({ ...shared, verifyIdToken }) },
    endpoint: (app: ZodApp) => deviceAuthorizationRoute(app, shared),
  }
}
