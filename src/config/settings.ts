/**
 * Every setting there is: one row each. docs/config.md is generated from this table. What two settings
 * mean together is checked in checks.ts.
 */
import { z } from 'zod'
import {
  addressRange,
  baseUrl,
  directory,
  host,
  json,
  listOf,
  npub,
  onOff,
  origin,
  secret,
  secretUrl,
  size,
  trustedUrl,
  wholeNumber,
} from './text-schemas.ts'

export interface Setting {
  /** From the text of the environment to the value. */
  readonly schema: z.ZodType<unknown, string>
  /** As one would write it; `null`: not set. */
  readonly default: string | null
  /** What holds when it is not set and `default` cannot say so. */
  readonly otherwise?: string
  readonly unit?: string
  /** Its value is never printed, in no fault and no log. */
  readonly secret?: true
  readonly about: string
}

const MIN_KEY_BYTES = 32
const MIN_TOKEN_BYTES = 16
const MAX_SECONDS = 24 * 3600
const MAX_RATE = 1_000_000
const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const
const JWKS_ALGORITHMS = ['RS256', 'ES256', 'EdDSA'] as const
const SLUG = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/

const audience = z.union(
  [z.string().min(1), z.array(z.string().min(1)).min(1)],
  'expected a text or a list of texts',
)
const issuers = z.array(
  z.strictObject({
    issuer: trustedUrl,
    audience,
    jwksUri: trustedUrl.optional(),
    algorithms: z.array(z.enum(JWKS_ALGORITHMS)).min(1).optional(),
    use: z.enum(['login', 'workload']).optional(),
  }),
)

export const SETTINGS = {
  SERVER_HOST: {
    schema: host,
    default: '127.0.0.1',
    about: 'Address to listen on. Any but loopback needs `SLUICE_TRUST_PROXY` or `SLUICE_ALLOW_PLAINTEXT`.',
  },
  SERVER_PORT: {
    schema: wholeNumber(0, 65_535),
    default: '3000',
    about: 'Port to listen on. A port in use is an error. 0 lets the system choose.',
  },
  PUBLIC_BASE_URL: {
    schema: baseUrl,
    default: null,
    otherwise: 'the address listened on',
    about: 'Where clients reach this server. Addresses in answers begin with it.',
  },
  CORS_ORIGINS: {
    schema: listOf(origin),
    default: null,
    about: 'Origins of web pages that may call the API, separated by commas. `*` is refused.',
  },
  SLUICE_TRUST_PROXY: {
    schema: listOf(addressRange),
    default: null,
    about:
      'Addresses or ranges of the proxies in front that speak TLS, separated by commas. Only from them is `X-Forwarded-For` believed.',
  },
  SLUICE_ALLOW_PLAINTEXT: {
    schema: onOff,
    default: 'off',
    about: 'Listen beyond loopback without TLS in front. Tokens then travel readable by anybody on the way.',
  },
  SLUICE_DATA_DIR: {
    schema: directory,
    default: './data',
    about: 'Directory of everything that is kept: database, keys, repositories.',
  },
  GIT_STORAGE_ROOT: {
    schema: directory,
    default: null,
    otherwise: '`repositories` in `SLUICE_DATA_DIR`',
    about: 'Directory of the repositories.',
  },
  DATABASE_URL: {
    schema: secretUrl(['postgres:', 'postgresql:']),
    default: null,
    otherwise: 'SQLite in `SLUICE_DATA_DIR`',
    secret: true,
    about: 'PostgreSQL database to use.',
  },
  REDIS_URL: {
    schema: secretUrl(['redis:', 'rediss:']),
    default: null,
    otherwise: 'counted in memory',
    secret: true,
    about: 'Redis to count rate limits in, for several replicas.',
  },
  AUTH0_DOMAIN: {
    schema: z.hostname('expected a host name, without https://'),
    default: null,
    about:
      'Auth0 tenant whose RS256 tokens are accepted; needs `AUTH0_AUDIENCE`. Short for an entry of `SLUICE_ISSUERS`.',
  },
  AUTH0_AUDIENCE: {
    schema: z.string(),
    default: null,
    about: 'Audience that tokens of the Auth0 tenant must have.',
  },
  AUTH_COOKIE_SECRET: {
    schema: secret(MIN_KEY_BYTES),
    default: null,
    secret: true,
    about: `Secret of HS256 tokens that the platform's other services sign; at least ${MIN_KEY_BYTES} bytes.`,
  },
  INTERNAL_SERVICE_TOKEN: {
    schema: secret(MIN_TOKEN_BYTES),
    default: null,
    secret: true,
    about: `Token by which other services call with all rights (\`X-Internal-Token\`); at least ${MIN_TOKEN_BYTES} bytes. Not set: none is accepted.`,
  },
  AURA_NETWORK_URL: {
    schema: baseUrl,
    default: null,
    about:
      'Where the AURA network is: pushes are posted to its feed, and organisations are mirrored to the GitHub repository that they have integrated there. Needs `INTERNAL_SERVICE_TOKEN`, which is sent to it.',
  },
  SLUICE_OUTBOUND_ALLOW: {
    schema: listOf(addressRange),
    default: null,
    about:
      'Addresses or ranges that webhooks and mirrors may reach besides public ones, separated by commas. Not set: no private, loopback or link-local address.',
  },
  SLUICE_GITHUB_URL: {
    schema: baseUrl,
    default: 'https://github.com',
    about:
      'Where the GitHub is to which integrations of organisations are mirrored. A private address must be in `SLUICE_OUTBOUND_ALLOW`, too.',
  },
  SLUICE_MIRROR_TIMEOUT_SECONDS: {
    schema: wholeNumber(1, 86_400),
    default: '3600',
    about: 'How long one push to a mirror may take.',
  },
  SLUICE_GATE_ALLOW_PRIVATE: {
    schema: onOff,
    default: 'off',
    about: 'Repositories may have upstreams on private, loopback and link-local addresses, too.',
  },
  SLUICE_GATE_CONNECT_SECONDS: {
    schema: wholeNumber(1, 300),
    default: '10',
    about: 'How long a connection to an upstream may take, with its handshake.',
  },
  SLUICE_GATE_IDLE_SECONDS: {
    schema: wholeNumber(1, 3600),
    default: '15',
    about: 'How long an upstream may be silent before it is given up.',
  },
  SLUICE_GATE_REFRESH_SECONDS: {
    schema: wholeNumber(1, 86_400),
    default: '600',
    about: 'How long a repository may take to be brought to where its upstream is.',
  },
  SLUICE_SCAN_RULES_DIR: {
    schema: directory,
    default: null,
    about:
      'Directory of rules for the secret scan in the gitleaks format: `<name>.toml` is the set `<name>`. `default` is our own unless there is a `default.toml`.',
  },
  SLUICE_GRASP: {
    schema: onOff,
    default: 'off',
    about:
      'Host git repositories that nostr events announce and authorise: a relay at `/`, and git at `/<npub>/<identifier>.git` for everybody. Events must name this server by the host of `PUBLIC_BASE_URL`.',
  },
  SLUICE_GRASP_NAME: {
    schema: z.string().min(1).max(100),
    default: 'Sluice',
    about: 'Name of the relay, as clients show it.',
  },
  SLUICE_GRASP_DESCRIPTION: {
    schema: z.string().min(1).max(1_000),
    default: 'A git server whose pushes are authorised by signed nostr events.',
    about: 'What the relay is for, as clients show it.',
  },
  SLUICE_GRASP_CONTACT: {
    schema: z.string().min(1).max(200),
    default: null,
    about: 'How its operator is reached, as a URI such as `mailto:ops@example.org`.',
  },
  SLUICE_GRASP_OWNERS: {
    schema: listOf(npub),
    default: null,
    otherwise: 'everybody',
    about: 'Public keys (`npub1…`) whose repositories are hosted, separated by commas.',
  },
  SLUICE_GRASP_BLOCKED: {
    schema: listOf(npub),
    default: null,
    about: 'Public keys (`npub1…`) of which nothing is taken, separated by commas.',
  },
  SLUICE_GRASP_MAX_REPOSITORIES: {
    schema: wholeNumber(1, 1_000_000),
    default: '1000',
    about: 'Repositories that one key may announce here.',
  },
  SLUICE_GRASP_MAINTAINERS: {
    schema: z.enum(['listed', 'reciprocal'], 'expected listed or reciprocal'),
    default: 'listed',
    about:
      '`listed`: whoever an announcement lists may sign states. `reciprocal`: only who announces the same repository and lists one of its maintainers back.',
  },
  SLUICE_GRASP_PURGATORY_MINUTES: {
    schema: wholeNumber(1, 7 * 24 * 60),
    default: '30',
    unit: 'minutes',
    about: 'How long an event may wait for its git data, and a tip of a pull request for its event.',
  },
  SLUICE_GRASP_SYNC: {
    schema: onOff,
    default: 'on',
    about: 'Fetch missing events and git data from the other relays and servers that announcements name.',
  },
  SLUICE_GRASP_SYNC_OUTBOX: {
    schema: onOff,
    default: 'off',
    about: "Also read the participants' own relays, which they list in events of kinds 10002 and 10317.",
  },
  SLUICE_GRASP_SYNC_PATIENCE_SECONDS: {
    schema: wholeNumber(0, 15 * 60),
    default: '180',
    unit: 'seconds',
    about: 'How long whoever has sent an event has to push its git data before that is looked for elsewhere.',
  },
  SLUICE_GRASP_SYNC_MINUTES: {
    schema: wholeNumber(1, 60),
    default: '55',
    unit: 'minutes',
    about: 'How often git data that is missing is looked for.',
  },
  SLUICE_GRASP_ALLOW_PRIVATE: {
    schema: onOff,
    default: 'off',
    about: 'Also connect to relays and git servers on private, loopback and link-local addresses.',
  },
  SLUICE_GRASP_ARCHIVE: {
    schema: z.union([z.enum(['off', 'all']), listOf(npub)], 'expected off, all, or public keys'),
    default: 'off',
    about:
      'Keep copies of repositories that do not name this server: of `all`, or of the owners whose public keys (`npub1…`) are listed. Nobody pushes to them.',
  },
  SLUICE_GRASP_PULL_REQUESTS: {
    schema: onOff,
    default: 'on',
    about:
      'Host tips of pull requests for repositories that are hosted elsewhere, at `/prs/<npub>/<identifier>.git`.',
  },
  SLUICE_GRASP_MAX_TIP_BYTES: {
    schema: size,
    default: '256MiB',
    unit: 'bytes',
    about: 'Largest sum of the new objects, unpacked, with which anybody may push tips of pull requests.',
  },
  SLUICE_GRASP_MEMBERS: {
    schema: listOf(npub),
    default: null,
    otherwise: 'everybody',
    about:
      'A private service: only these public keys (`npub1…`), separated by commas, may read or write events and repositories.',
  },
  SLUICE_GRASP_CONNECTIONS: {
    schema: wholeNumber(0, 20_000),
    default: '100',
    about:
      'How many connections to the relay one address may have at a time. 0: no limit but that of all together, 20,000.',
  },
  SLUICE_GRASP_EVENTS_PER_MINUTE: {
    schema: wholeNumber(0, 10_000_000),
    default: '600',
    about:
      'How many events one connection to the relay may send, and all of one address four times as many. 0: no limit.',
  },
  SLUICE_GRASP_QUERIES_PER_MINUTE: {
    schema: wholeNumber(0, 10_000_000),
    default: '1200',
    about:
      'How many subscriptions, counts and comparisons one connection to the relay may ask for, and all of one address four times as many. 0: no limit.',
  },
  SLUICE_GRASP_BYTES_PER_MINUTE: {
    schema: size,
    default: '64MiB',
    about: 'How much one connection to the relay may send, and all of one address four times as much.',
  },
  SLUICE_ISSUERS: {
    schema: json(issuers),
    default: null,
    about:
      'Other issuers whose tokens are accepted: a JSON list of `{"issuer", "audience", "jwksUri"?, "algorithms"?, "use"?}`. `audience` is a text or a list; `jwksUri` is `<issuer>/.well-known/jwks.json` unless given; `algorithms` are of RS256, ES256, EdDSA, all three unless given. `use` is `login` unless given; with `workload`, tokens are no credentials: they can only be exchanged through a binding of a machine.',
  },
  SLUICE_LOGIN_ISSUER: {
    schema: trustedUrl,
    default: null,
    about:
      'OpenID provider at which people log in by device (`sluice login`), as its tokens name it; needs `SLUICE_LOGIN_CLIENT_ID`.',
  },
  SLUICE_LOGIN_CLIENT_ID: {
    schema: z.string(),
    default: null,
    about: 'Client that this server is at `SLUICE_LOGIN_ISSUER`.',
  },
  SLUICE_LOGIN_CLIENT_SECRET: {
    schema: secret(),
    default: null,
    secret: true,
    about: 'Secret of that client; not set for a public one.',
  },
  SLUICE_LOGIN_SCOPE: {
    schema: z.string().regex(/(?:^| )openid(?: |$)/, 'expected words with `openid` among them'),
    default: 'openid profile email',
    about: 'Scope that is asked for there.',
  },
  SLUICE_ISSUER: {
    schema: listOf(baseUrl),
    default: null,
    otherwise: '`PUBLIC_BASE_URL`',
    about: "Names that this server's own tokens carry as `iss`, separated by commas; the first one signs.",
  },
  SLUICE_KEY_SECRET: {
    schema: secret(MIN_KEY_BYTES),
    default: null,
    otherwise: '`key.secret` in `SLUICE_DATA_DIR`, made at first start',
    secret: true,
    about: `Secret that seals the private keys in the database; at least ${MIN_KEY_BYTES} bytes.`,
  },
  SLUICE_SURFACE_ORG: {
    schema: z.string().regex(SLUG, 'expected lower-case letters, digits and dashes, at most 63'),
    default: 'surface',
    about: 'Slug of the organisation whose repositories are served under `/git/<name>`.',
  },
  SLUICE_SURFACE_PROVISION: {
    schema: onOff,
    default: 'on',
    about: 'Make a repository under `/git/<name>` on its first authorised push.',
  },
  SLUICE_MAX_PACK_BYTES: {
    schema: size,
    default: '4GiB',
    unit: 'bytes',
    about: 'Largest pack that a push may bring.',
  },
  SLUICE_DISCARD_BUDGET_BYTES: {
    schema: size,
    default: '1GiB',
    unit: 'bytes',
    about: 'How much of a refused push is read and thrown away, so that the client gets to read why.',
  },
  SLUICE_BODY_IDLE_SECONDS: {
    schema: wholeNumber(1, MAX_SECONDS),
    default: '60',
    unit: 'seconds',
    about: 'How long a request body may stand still. There is no limit on the whole upload.',
  },
  SLUICE_GIT_MEMORY_BYTES: {
    schema: size.refine((bytes) => bytes >= 64 * 1024 ** 2, 'expected at least 64MiB, or git cannot start'),
    default: '1GiB',
    unit: 'bytes',
    about: 'Memory limit of every git process that receives a pack or reads for the REST API.',
  },
  SLUICE_SMALL_PUSHES: {
    schema: onOff,
    default: 'on',
    about:
      'Take packs of small pushes in the server itself. Off: git takes every one, which costs more; the answers are the same.',
  },
  SLUICE_GIT_PROCESSES: {
    schema: wholeNumber(1, 1024),
    default: null,
    otherwise: '2 for each core',
    about: 'How many git processes run at once.',
  },
  SLUICE_GIT_QUEUE: {
    schema: wholeNumber(0, 100_000),
    default: '64',
    about:
      'How many git operations may wait for a process; for one more, the last of whoever has most waiting is answered 503.',
  },
  SLUICE_FETCH_CACHE_BYTES: {
    schema: z.union([z.literal('0').transform(Number), size], 'expected a size, or 0'),
    default: '2GiB',
    unit: 'bytes',
    about:
      'Disk, beside the repositories, for answers to fetches that several clients ask for: one git makes them for all. 0: every fetch has a git of its own.',
  },
  SLUICE_READERS: {
    schema: wholeNumber(1, 100_000),
    default: '512',
    about:
      'How many clients at once are sent what needs no git of their own: clones and fetches from files, bundles. Each holds a file open; eight times as many may wait; for one more, the last of whoever has most waiting is answered 503.',
  },
  SLUICE_WARM_UPS_PER_MINUTE: {
    schema: wholeNumber(0, 10_000),
    default: '60',
    about:
      'How many answers to fetches may be made before anybody asks, after pushes to repositories that were fetched from in the last five minutes. 0: none.',
  },
  SLUICE_BUNDLES: {
    schema: onOff,
    default: 'on',
    about:
      'Keep a bundle of each repository that is cloned often, and offer it to clients that ask (`transfer.bundleURI`). It takes about as much disk as the repository.',
  },
  SLUICE_BUNDLE_MIN_BYTES: {
    schema: size,
    default: '64MiB',
    unit: 'bytes',
    about: 'How large a repository must be for a bundle of it to be made.',
  },
  SLUICE_RATE_READS_PER_MINUTE: {
    schema: wholeNumber(0, MAX_RATE),
    default: '600',
    unit: 'requests a minute',
    about: 'Reading requests of one principal, or of one address when nobody is signed in. 0: no limit.',
  },
  SLUICE_RATE_WRITES_PER_MINUTE: {
    schema: wholeNumber(0, MAX_RATE),
    default: '120',
    unit: 'requests a minute',
    about: 'Writing requests, counted in the same way. 0: no limit.',
  },
  SLUICE_RATE_PUSHES_PER_MINUTE: {
    schema: wholeNumber(0, MAX_RATE),
    default: '120',
    unit: 'requests a minute',
    about: 'Pushes, counted in the same way. 0: no limit.',
  },
  SLUICE_RATE_TOKENS_PER_MINUTE: {
    schema: wholeNumber(0, MAX_RATE),
    default: '600',
    unit: 'requests a minute',
    about:
      'Requests to the OAuth endpoints, the failed ones among them, of one address. Raise it where many machines share an address. 0: no limit.',
  },
  SLUICE_STREAMS: {
    schema: wholeNumber(0, 100_000),
    default: '2000',
    about: 'How many streams of events may be open at once; the next one is answered 503.',
  },
  SLUICE_STREAMS_PER_PRINCIPAL: {
    schema: wholeNumber(0, 100_000),
    default: '100',
    about:
      'How many of them one principal may hold, or one address when nobody is signed in; the next one is answered 429.',
  },
  SLUICE_STREAM_HEARTBEAT_SECONDS: {
    schema: wholeNumber(1, 300),
    default: '15',
    unit: 'seconds',
    about:
      'How often a stream on which nothing happens shows that it is alive, and its credential is looked at. Must be shorter than proxies in front wait. Whoever takes nothing for twice as long is cut off.',
  },
  SLUICE_BACKUP_DIR: {
    schema: directory,
    default: null,
    otherwise: 'no backups by the server itself',
    about:
      'Directory in which the server makes backups of itself. On the file system of the repositories they take little space; on another disk they outlive this one.',
  },
  SLUICE_BACKUP_EVERY_HOURS: {
    schema: wholeNumber(0, 24 * 366),
    default: '24',
    unit: 'hours',
    about: 'How often it makes one, if `SLUICE_BACKUP_DIR` is set. 0: only when an administrator asks.',
  },
  SLUICE_BACKUP_KEEP: {
    schema: wholeNumber(1, 10_000),
    default: '7',
    about: 'How many of them are kept; the oldest go.',
  },
  SLUICE_DRAIN_SECONDS: {
    schema: wholeNumber(0, MAX_SECONDS),
    default: '30',
    unit: 'seconds',
    about: 'How long pushes and clones under way may go on after SIGTERM.',
  },
  SLUICE_PREPARED_DEADLINE_SECONDS: {
    schema: wholeNumber(1, 3600),
    default: '60',
    unit: 'seconds',
    about: 'How long a last veto, such as forwarding to an upstream, may hold the locks of the refs.',
  },
  SLUICE_LOG_LEVEL: {
    schema: z.enum(LOG_LEVELS, `expected one of ${LOG_LEVELS.join(', ')}`) as z.ZodType<
      (typeof LOG_LEVELS)[number],
      string
    >,
    default: 'info',
    about: `What is logged: ${LOG_LEVELS.join(', ')}.`,
  },
} as const satisfies Record<string, Setting>

export type SettingName = keyof typeof SETTINGS

/** What is set or has a default; `null` for the others. */
export type Values = {
  readonly [K in SettingName]:
    z.output<(typeof SETTINGS)[K]['schema']> | ((typeof SETTINGS)[K]['default'] extends string ? never : null)
}

/** The one variable that is read from the environment alone. */
export const CONFIG_FILE = 'SLUICE_CONFIG_FILE'

export function isSettingName(name: string): name is SettingName {
  return Object.hasOwn(SETTINGS, name)
}
