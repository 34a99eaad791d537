/** The settings as the server uses them: units made one, defaults that hang on others filled in. */
import { availableParallelism } from 'node:os'
import { join, resolve } from 'node:path'
import type { Secret } from './secret.ts'
import type { Values } from './settings.ts'

export interface Config {
  readonly listen: { readonly host: string; readonly port: number }
  /** Without a slash at the end; `null` when the port is only known after listening. */
  readonly publicBaseUrl: string | null
  readonly corsOrigins: readonly string[]
  readonly trustedProxies: readonly string[]
  /** Addresses and ranges besides public ones that webhooks and mirrors may reach. */
  readonly outboundAllow: readonly string[]
  /** `githubUrl` without a slash at the end. */
  readonly mirrors: { readonly githubUrl: string; readonly timeoutMs: number }
  readonly gate: {
    /** Upstreams on private, loopback and link-local addresses, too. */
    readonly allowPrivate: boolean
    readonly connectMs: number
    readonly idleMs: number
    readonly refreshMs: number
  }
  /** `null`: no nostr at all. */
  readonly grasp: GraspConfig | null
  /** Rules for the secret scan besides our own; absolute. */
  readonly scanRulesDir: string | null
  /** Absolute paths. */
  readonly dataDir: string
  readonly gitStorageRoot: string
  /** SQLite file; unused where `secrets.databaseUrl` is set. */
  readonly databasePath: string
  readonly ownIssuers: readonly string[]
  readonly jwksIssuers: readonly JwksIssuerConfig[]
  /** Where people log in by device; `null`: nowhere. */
  readonly login: LoginConfig | null
  /** Without a slash at the end; `null` also where there is no internal token to send it. */
  readonly auraNetworkUrl: string | null
  readonly surface: { readonly orgSlug: string; readonly provision: boolean }
  readonly push: {
    readonly maxPackBytes: number
    readonly discardBudgetBytes: number
    readonly preparedDeadlineMs: number
    /** Small packs are taken without a process. */
    readonly small: boolean
  }
  readonly bodyIdleMs: number
  readonly git: { readonly memoryBytes: number; readonly processes: number; readonly queue: number }
  /** On disk, for answers to fetches; 0: none are kept. */
  readonly fetchCacheBytes: number
  readonly readers: number
  readonly warmUpsPerMinute: number
  /** Requests a minute; 0 is no limit. */
  /** Bundles of repositories of at least that size; `null`: none. */
  readonly bundles: { readonly minBytes: number } | null
  readonly rates: Readonly<Record<'read' | 'write' | 'push' | 'token', number>>
  /** Streams of events that may be open: of one party, and in all. */
  readonly streams: { readonly perParty: number; readonly total: number; readonly heartbeatMs: number }
  /** Backups that the server makes by itself; `null`: none. `directory` is absolute. */
  readonly backup: {
    readonly directory: string
    /** `null`: only when asked. */
    readonly everyMs: number | null
    readonly keep: number
  } | null
  readonly drainMs: number
  readonly logLevel: Values['SLUICE_LOG_LEVEL']
  readonly secrets: Secrets
  /** One line each, to be shown at every start. */
  readonly warnings: readonly string[]
}

/** Public keys are 64 hex digits. */
export interface GraspConfig {
  readonly name: string
  readonly description: string
  readonly contact: string | null
  /** Whose repositories are hosted; `null`: everybody's. */
  readonly owners: readonly string[] | null
  readonly blocked: readonly string[]
  /** Repositories of one key. */
  readonly maxPerOwner: number
  readonly maintainers: 'listed' | 'reciprocal'
  readonly purgatoryMs: number
  /** `null`: nothing is fetched from others. */
  readonly sync: {
    readonly outbox: boolean
    readonly everyMs: number
    /** What a client's events declare is given this time to be pushed. */
    readonly patienceMs: number
  } | null
  /** Others on private, loopback and link-local addresses, too. */
  readonly allowPrivate: boolean
  /** Owners of repositories that are kept though they do not name this server; `null`: none. */
  readonly archive: 'all' | readonly string[] | null
  /** Tips for repositories that are hosted elsewhere. @see GRASP-06 */
  readonly pullRequests: boolean
  /** Of all new objects of a push of tips, unpacked. */
  readonly maxTipBytes: number
  /** Who may use this private service; `null`: it is none. @see GRASP-08 */
  readonly members: readonly string[] | null
  /** What one connection to the relay may do in a minute, and how many an address may have; 0: no limit. */
  readonly relay: {
    readonly connections: number
    readonly allowance: { readonly events: number; readonly queries: number; readonly bytes: number }
  }
}

export interface JwksIssuerConfig {
  readonly issuer: string
  readonly audiences: readonly string[]
  readonly jwksUri: string
  readonly algorithms: readonly ('RS256' | 'ES256' | 'EdDSA')[]
  /** Whether its tokens are credentials of people, or only assertions about workloads. */
  readonly use: 'login' | 'workload'
}

/** Its client secret, if it has one, is among the secrets. */
export interface LoginConfig {
  readonly issuer: string
  readonly clientId: string
  readonly scope: string
}

/** They do not print; `reveal()` where one is used. */
export interface Secrets {
  readonly databaseUrl: Secret | null
  readonly redisUrl: Secret | null
  readonly cookieSecret: Secret | null
  readonly internalToken: Secret | null
  readonly keySecret: Secret | null
  readonly loginClientSecret: Secret | null
}

export function makeConfig(v: Values, warnings: readonly string[]): Config {
  const dataDir = resolve(v.SLUICE_DATA_DIR)
  const publicBaseUrl = v.PUBLIC_BASE_URL ?? baseUrlOf(v.SERVER_HOST, v.SERVER_PORT)
  return {
    listen: { host: v.SERVER_HOST, port: v.SERVER_PORT },
    publicBaseUrl,
    corsOrigins: v.CORS_ORIGINS ?? [],
    trustedProxies: v.SLUICE_TRUST_PROXY ?? [],
    outboundAllow: v.SLUICE_OUTBOUND_ALLOW ?? [],
    mirrors: {
      githubUrl: v.SLUICE_GITHUB_URL,
      timeoutMs: v.SLUICE_MIRROR_TIMEOUT_SECONDS * 1000,
    },
    gate: {
      allowPrivate: v.SLUICE_GATE_ALLOW_PRIVATE,
      connectMs: v.SLUICE_GATE_CONNECT_SECONDS * 1000,
      idleMs: v.SLUICE_GATE_IDLE_SECONDS * 1000,
      refreshMs: v.SLUICE_GATE_REFRESH_SECONDS * 1000,
    },
    grasp: graspOf(v),
    scanRulesDir: v.SLUICE_SCAN_RULES_DIR === null ? null : resolve(v.SLUICE_SCAN_RULES_DIR),
    dataDir,
    gitStorageRoot: v.GIT_STORAGE_ROOT === null ? join(dataDir, 'repositories') : resolve(v.GIT_STORAGE_ROOT),
    databasePath: join(dataDir, 'sluice.db'),
    ownIssuers: v.SLUICE_ISSUER ?? (publicBaseUrl === null ? [] : [publicBaseUrl]),
    jwksIssuers: [...auth0Issuer(v), ...listedIssuers(v)],
    login: loginOf(v),
    auraNetworkUrl: v.INTERNAL_SERVICE_TOKEN === null ? null : v.AURA_NETWORK_URL,
    surface: { orgSlug: v.SLUICE_SURFACE_ORG, provision: v.SLUICE_SURFACE_PROVISION },
    push: {
      maxPackBytes: v.SLUICE_MAX_PACK_BYTES,
      discardBudgetBytes: v.SLUICE_DISCARD_BUDGET_BYTES,
      preparedDeadlineMs: v.SLUICE_PREPARED_DEADLINE_SECONDS * 1000,
      small: v.SLUICE_SMALL_PUSHES,
    },
    bodyIdleMs: v.SLUICE_BODY_IDLE_SECONDS * 1000,
    git: {
      memoryBytes: v.SLUICE_GIT_MEMORY_BYTES,
      processes: v.SLUICE_GIT_PROCESSES ?? 2 * availableParallelism(),
      queue: v.SLUICE_GIT_QUEUE,
    },
    fetchCacheBytes: v.SLUICE_FETCH_CACHE_BYTES,
    readers: v.SLUICE_READERS,
    warmUpsPerMinute: v.SLUICE_WARM_UPS_PER_MINUTE,
    bundles: v.SLUICE_BUNDLES ? { minBytes: v.SLUICE_BUNDLE_MIN_BYTES } : null,
    rates: {
      read: v.SLUICE_RATE_READS_PER_MINUTE,
      write: v.SLUICE_RATE_WRITES_PER_MINUTE,
      push: v.SLUICE_RATE_PUSHES_PER_MINUTE,
      token: v.SLUICE_RATE_TOKENS_PER_MINUTE,
    },
    streams: {
      perParty: v.SLUICE_STREAMS_PER_PRINCIPAL,
      total: v.SLUICE_STREAMS,
      heartbeatMs: v.SLUICE_STREAM_HEARTBEAT_SECONDS * 1000,
    },
    backup: backupOf(v),
    drainMs: v.SLUICE_DRAIN_SECONDS * 1000,
    logLevel: v.SLUICE_LOG_LEVEL,
    secrets: {
      databaseUrl: v.DATABASE_URL,
      redisUrl: v.REDIS_URL,
      cookieSecret: v.AUTH_COOKIE_SECRET,
      internalToken: v.INTERNAL_SERVICE_TOKEN,
      keySecret: v.SLUICE_KEY_SECRET,
      loginClientSecret: v.SLUICE_LOGIN_CLIENT_SECRET,
    },
    warnings,
  }
}

function baseUrlOf(host: string, port: number): string | null {
  if (port === 0) return null
  const everywhere = host === '0.0.0.0' || host === '::'
  const name = everywhere ? 'localhost' : host.includes(':') ? `[${host}]` : host
  return `http://${name}:${port}`
}

/** @see https://auth0.com/docs/secure/tokens/json-web-tokens/json-web-key-sets */
function auth0Issuer(v: Values): JwksIssuerConfig[] {
  if (v.AUTH0_DOMAIN === null || v.AUTH0_AUDIENCE === null) return []
  const issuer = `https://${v.AUTH0_DOMAIN}/`
  return [
    {
      issuer,
      audiences: [v.AUTH0_AUDIENCE],
      jwksUri: jwksUriOf(issuer),
      algorithms: ['RS256'],
      use: 'login',
    },
  ]
}

function listedIssuers(v: Values): JwksIssuerConfig[] {
  return (v.SLUICE_ISSUERS ?? []).map(({ issuer, audience, jwksUri, algorithms, use }) => ({
    issuer,
    audiences: typeof audience === 'string' ? [audience] : audience,
    jwksUri: jwksUri ?? jwksUriOf(issuer),
    algorithms: algorithms ?? ['RS256', 'ES256', 'EdDSA'],
    use: use ?? 'login',
  }))
}

function loginOf(v: Values): LoginConfig | null {
  const { SLUICE_LOGIN_ISSUER: issuer, SLUICE_LOGIN_CLIENT_ID: clientId, SLUICE_LOGIN_SCOPE: scope } = v
  return issuer === null || clientId === null ? null : { issuer, clientId, scope }
}

function graspOf(v: Values): GraspConfig | null {
  if (!v.SLUICE_GRASP) return null
  return {
    name: v.SLUICE_GRASP_NAME,
    description: v.SLUICE_GRASP_DESCRIPTION,
    contact: v.SLUICE_GRASP_CONTACT,
    owners: v.SLUICE_GRASP_OWNERS,
    blocked: v.SLUICE_GRASP_BLOCKED ?? [],
    maxPerOwner: v.SLUICE_GRASP_MAX_REPOSITORIES,
    maintainers: v.SLUICE_GRASP_MAINTAINERS,
    purgatoryMs: v.SLUICE_GRASP_PURGATORY_MINUTES * 60_000,
    sync: v.SLUICE_GRASP_SYNC
      ? {
          outbox: v.SLUICE_GRASP_SYNC_OUTBOX,
          everyMs: v.SLUICE_GRASP_SYNC_MINUTES * 60_000,
          patienceMs: v.SLUICE_GRASP_SYNC_PATIENCE_SECONDS * 1_000,
        }
      : null,
    allowPrivate: v.SLUICE_GRASP_ALLOW_PRIVATE,
    archive: v.SLUICE_GRASP_ARCHIVE === 'off' ? null : v.SLUICE_GRASP_ARCHIVE,
    pullRequests: v.SLUICE_GRASP_PULL_REQUESTS,
    maxTipBytes: v.SLUICE_GRASP_MAX_TIP_BYTES,
    members: v.SLUICE_GRASP_MEMBERS,
    relay: {
      connections: v.SLUICE_GRASP_CONNECTIONS,
      allowance: {
        events: v.SLUICE_GRASP_EVENTS_PER_MINUTE,
        queries: v.SLUICE_GRASP_QUERIES_PER_MINUTE,
        bytes: v.SLUICE_GRASP_BYTES_PER_MINUTE,
      },
    },
  }
}

function backupOf(v: Values): Config['backup'] {
  if (v.SLUICE_BACKUP_DIR === null) return null
  const hours = v.SLUICE_BACKUP_EVERY_HOURS
  return {
    directory: resolve(v.SLUICE_BACKUP_DIR),
    everyMs: hours === 0 ? null : hours * 3600_000,
    keep: v.SLUICE_BACKUP_KEEP,
  }
}

function jwksUriOf(issuer: string): string {
  return `${issuer.replace(/\/$/, '')}/.well-known/jwks.json`
}
