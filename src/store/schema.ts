/**
 * The rows of every table, as both engines give them: times and sizes are numbers, flags 0 or 1,
 * structures JSON text. The tables themselves are made by migrations/.
 */
import type { Generated, Selectable } from 'kysely'
import type { Role } from '../kernel/grants.ts'
import type { ObjectFormat } from '../kernel/ids.ts'
import type { Repository } from '../kernel/repository.ts'

/** Milliseconds since 1970. */
type Time = number
type Flag = 0 | 1
/** JSON text. */
type Json = string

export interface Schema {
  schema_migrations: { version: number; name: string; applied_at: Time }
  meta: { key: string; value: string }
  organizations: OrganizationTable
  org_members: { org_id: string; account_id: string; role: Role }
  accounts: AccountTable
  identities: { issuer: string; subject: string; account_id: string }
  repositories: RepositoryTable
  repository_redirects: { org_id: string; slug: string; repo_id: string }
  collaborators: { repo_id: string; account_id: string; role: Role; created_at: Time }
  opaque_tokens: OpaqueTokenTable
  signing_keys: SigningKeyTable
  intents: IntentTable
  events: EventTable
  idempotency_keys: IdempotencyKeyTable
  pull_counters: { repo_id: string; last_number: number }
  pull_requests: PullRequestTable
  branch_protections: BranchProtectionTable
  /** Where branches were that a rule against forced updates held, when they were last deleted. */
  deleted_branches: { repo_id: string; ref: string; oid: string; deleted_at: Time }
  event_cursors: { subscriber: string; sequence: number }
  jobs: JobTable
  revoked_tokens: { id: string; revoked_at: Time; expires_at: Time }
  /** Tokens and accounts about which something has changed; see revocations.ts. */
  credential_changes: { sequence: Generated<number>; id: string; created_at: Time }
  workload_bindings: WorkloadBindingTable
  refresh_families: RefreshFamilyTable
  refresh_tokens: RefreshTokenTable
  device_logins: DeviceLoginTable
  hooks: HookTable
  deliveries: DeliveryTable
  mirrors: MirrorTable
  /** Where refs of a mirror's remote are by our hand: only these may be deleted there. `oid` empty: not known any more. */
  mirror_refs: { mirror_id: string; ref: string; oid: string }
  repository_upkeep: RepositoryUpkeepTable
  upstreams: UpstreamTable
  deploy_keys: DeployKeyTable
  secret_scans: SecretScanTable
  /** Objects in which these rules have found nothing. */
  scan_verdicts: { oid: string; rules_version: string; created_at: Time }
  approvals: ApprovalTable
  nostr_events: NostrEventTable
  nostr_tags: NostrTagTable
  grasp_repositories: GraspRepositoryTable
  grasp_tips: GraspTipTable
  nostr_relays: NostrRelayTable
  /** Events that were refused when another relay had them: they are not fetched again before `until`. */
  nostr_rejections: NostrRejectionTable
}

interface NostrEventTable {
  sequence: Generated<number>
  id: string
  pubkey: string
  kind: number
  /** Seconds since 1970: it is part of the event. */
  created_at: number
  /** Begin of the id as a number: of one second the lowest one comes first. */
  tie: number
  /** `d`, or '' of a replaceable kind; `null` of what does not replace its predecessors. */
  identifier: string | null
  /** `<kind>:<pubkey>:<identifier>`. What replaces it has the same. */
  address: string | null
  /** Of `json`. */
  bytes: number
  /** `purgatory`: its git data is missing, so nobody is shown it. `expired`: the data never came. */
  status: 'served' | 'purgatory' | 'expired'
  source: 'client' | 'sync'
  received_at: Time
  /** End of its time in purgatory; of an expired one, when it is forgotten. */
  waits_until: Time | null
  /** Seconds since 1970. @see NIP-40 */
  expiration: number | null
  /** As it is sent. */
  json: string
}

/** Tags of one letter, of events that are served or in purgatory. */
interface NostrTagTable {
  /** `sequence` of the event. */
  event: number
  /** Hash of its name and first value: whatever their length, an index of it is narrow. */
  key: number
  /** The others are in purgatory. */
  served: Flag
  /** This and the following are the event's. */
  created_at: number
  tie: number
  kind: number
}

interface GraspRepositoryTable {
  repo_id: string
  /** Hex. */
  pubkey: string
  identifier: string
  /** `contributed`: tips of pull requests for a repository that may be hosted elsewhere. @see GRASP-06 */
  form: 'announced' | 'contributed'
  /** `archived`: nobody pushes; it may still follow what others have. */
  status: 'purgatory' | 'live' | 'archived'
  /** Its announcement names this service. */
  listed: Flag
  announcement_id: string | null
  /** State whose refs it has. */
  applied_state_id: string | null
  waits_until: Time | null
  created_at: Time
  updated_at: Time
}

/** What stands under `refs/nostr/<event_id>`. */
interface GraspTipTable {
  repo_id: string
  event_id: string
  /** The event is not served yet; without it the tip is dropped then. */
  waits_until: Time | null
  /** Of whoever pushed it, while it waits. */
  address: string | null
  created_at: Time
}

interface NostrRelayTable {
  url: string
  /** Since the last success. */
  failures: number
  retry_at: Time
  failing_since: Time | null
  last_error: string | null
  connected_at: Time | null
  /** When everything was last compared. */
  synced_at: Time | null
}

interface NostrRejectionTable {
  id: string
  /** Identifier of a repository, or id of an event, that the event names; '' where it names none. One row for each. */
  named: string
  reason: string
  until: Time
}

interface UpstreamTable {
  repo_id: string
  /** As `writeUpstreamUrl` writes it: `ssh://`, `user@host:path` or `https://`, without password. */
  url: string
  provider: 'static' | 'token' | 'gitea' | 'forgejo' | 'github'
  /** Of a token. */
  username: string | null
  /** Private key or token; empty: it was revoked. */
  credential_sealed: string
  /** Token by which deploy keys are made and removed. */
  provisioner_sealed: string | null
  api_url: string | null
  deploy_key_id: string | null
  key_fingerprint: string | null
  key_ttl_seconds: number | null
  /** `<algorithm> <base64>`. */
  host_key: string | null
  /** PEM; the only authority that is trusted. */
  ca: string | null
  /** 0: asked before every read. */
  max_age_ms: number
  stale_if_error: Flag
  user_name: string | null
  user_email: string | null
  /** Where the upstream's HEAD pointed last. */
  head_ref: string | null
  last_refresh_at: Time | null
  last_forward_at: Time | null
  last_error: string | null
  last_error_at: Time | null
  created_by: string | null
  created_at: Time
  updated_at: Time
}

/** Keys that were registered somewhere, until it is known that they are registered no more. */
interface DeployKeyTable {
  id: string
  repo_id: string
  provider: 'gitea' | 'forgejo' | 'github'
  api_url: string
  /** PEM; the only authority that is trusted for `api_url`. */
  ca: string | null
  /** `<owner>/<name>` at the provider. */
  remote_path: string
  title: string
  /** `null` while it is being made. */
  provider_key_id: string | null
  fingerprint: string
  provisioner_sealed: string
  /** `revoking`: used no more, and not known to be removed. */
  state: 'making' | 'active' | 'revoking'
  /** Not to be removed before; of one in use, when it ends. */
  expires_at: Time | null
  last_error: string | null
  created_at: Time
  updated_at: Time
}

interface SecretScanTable {
  repo_id: string
  enabled: Flag
  /** Name of a set of rules. */
  rules: string
  allow: Json
  approval_wait_ms: number
  updated_by: string | null
  updated_at: Time
}

interface ApprovalTable {
  id: string
  repo_id: string
  /** Keyed hash of rule, path and secret. */
  fingerprint: string
  /** `null`, as the next four: it was approved before it was ever pushed. */
  rule: string | null
  path: string | null
  line: number | null
  commit_oid: string | null
  redacted: string | null
  /** A comment beside it asked for it. */
  inline_allow: Flag
  state: 'requested' | 'approved' | 'denied'
  reason: string | null
  expires_at: Time | null
  requested_by: string | null
  requested_at: Time
  decided_by: string | null
  decided_at: Time | null
}

interface OrganizationTable {
  id: string
  /** Lower case; equals `id` when the organisation was named by its UUID. */
  slug: string
  /** `null`: belongs to nobody. */
  created_by: string | null
  /** Repository with which it came; if that is discarded, so is the organisation. */
  made_for: string
  created_at: Time
}

interface AccountTable {
  id: string
  kind: 'user' | 'agent' | 'service' | 'nostr'
  display_name: string
  email: string | null
  created_at: Time
  /** Account or organisation that a machine belongs to. */
  owner_id: string | null
  owner_org_id: string | null
  disabled_at: Time | null
  administrator: Flag
}

interface RepositoryTable {
  id: string
  owner_id: string
  org_id: string
  project_id: string | null
  name: string
  /** Lower case, so that names which a case-insensitive disk takes for one cannot both exist. */
  slug: string
  description: string | null
  visibility: Repository['visibility']
  default_branch: string
  object_format: ObjectFormat
  archived: Flag
  protected_push: Repository['protectedPush']
  kind: Repository['kind']
  state: Repository['state']
  size_bytes: number
  pushed_at: Time | null
  created_at: Time
  updated_at: Time
  expires_at: Time | null
  deleted_at: Time | null
}

interface OpaqueTokenTable {
  id: string
  /** SHA-256 of the token, hex. */
  hash: string
  kind: string
  account_id: string
  name: string
  grants: Json
  acting_for: string | null
  /** Token that it was minted from: a row here, or the `jti` of a signed one. */
  parent_id: string | null
  /** Ids of `parent_id` and of all that it was minted from, nearest first. */
  minted_from: Json
  created_by: string | null
  created_at: Time
  expires_at: Time | null
  last_used_at: Time | null
  last_used_address: string | null
  revoked_at: Time | null
}

interface SigningKeyTable {
  kid: string
  algorithm: string
  public_jwk: Json
  private_encrypted: string
  created_at: Time
  retired_at: Time | null
  verify_until: Time | null
}

interface IntentTable {
  id: string
  repo_id: string
  /** Server that opened it, the same over restarts. */
  instance: string
  /** One start of that server. */
  run: string
  state: 'prepared' | 'decided'
  quarantine: string | null
  event: Json
  created_at: Time
}

interface EventTable {
  sequence: Generated<number>
  id: string
  type: string
  repo_id: string | null
  org_id: string | null
  project_id: string | null
  actor_id: string | null
  agent_id: string | null
  target_id: string | null
  data: Json
  created_at: Time
  /** Somebody was refused: for the audit, and told to nobody else. */
  denied: Generated<Flag>
}

interface IdempotencyKeyTable {
  principal: string
  key: string
  request_hash: string
  /** HTTP status of the first result; `null` while that request still runs. */
  status: number | null
  headers: Json | null
  body: string | null
  created_at: Time
  expires_at: Time
}

interface PullRequestTable {
  id: string
  repo_id: string
  /** Per repository, from 1. */
  number: number
  author_id: string | null
  agent_id: string | null
  /** Short branch names. Without a source it holds what was pushed to its target. */
  source_branch: string | null
  target_branch: string
  /** Last known tips; of a pull request that is not open any more, those at that moment. */
  source_sha: string
  target_sha: string
  title: string
  description: string | null
  status: 'open' | 'closed' | 'merged'
  merged_at: Time | null
  merged_by: string | null
  merge_commit_sha: string | null
  created_at: Time
  updated_at: Time
}

interface BranchProtectionTable {
  repo_id: string
  /** Short branch name, or a pattern with `*`. */
  pattern: string
  /** Least role that may push; `none`: nobody. */
  push: 'owner' | 'writer' | 'none'
  allow_force: Flag
  allow_delete: Flag
  require_pull_request: Flag
  /** Account ids that the rules do not bind. */
  allow_accounts: Json
  created_at: Time
  updated_at: Time
}

interface JobTable {
  id: string
  type: string
  repo_id: string | null
  status: 'queued' | 'running' | 'failed' | 'done'
  attempts: number
  payload: Json
  last_error: string | null
  run_at: Time
  created_at: Time
  updated_at: Time
  /** What the job is about; of those of one type and key one may be queued, and one may run. */
  key: string
  /** Higher runs first. */
  priority: number
  /** Start of a server that runs it, and until when it is taken to be alive. */
  worker: string | null
  lease_until: Time | null
}

/** A webhook of a repository, or of an organisation and all its repositories: one of the two is set. */
interface HookTable {
  id: string
  org_id: string | null
  repo_id: string | null
  /** Of its own first event: it is told what comes later. */
  since_sequence: number
  url: string
  /** Lists of texts; empty: all. */
  event_types: Json
  branches: Json
  paths: Json
  secret_sealed: string
  /** Signs beside the new one until then. */
  old_secret_sealed: string | null
  old_secret_until: Time | null
  active: Flag
  inactive_reason: string | null
  created_by: string | null
  created_at: Time
  updated_at: Time
}

/** One event, or a part of it, for one receiver outside. */
interface DeliveryTable {
  id: string
  /** Id of a webhook, or `feed`. */
  receiver: string
  repo_id: string | null
  event_id: string
  /** Ref that a post of the feed is about; empty for the whole event. */
  part: string
  event_type: string
  /** Of the event: deliveries of one receiver and repository go out in this order. */
  sequence: number
  status: 'waiting' | 'delivered' | 'parked'
  /** Those behind it wait for it. */
  in_line: Flag
  attempts: number
  next_attempt_at: Time
  response_status: number | null
  response_excerpt: string | null
  error: string | null
  duration_ms: number | null
  redelivery_of: string | null
  created_at: Time
  updated_at: Time
}

interface MirrorTable {
  id: string
  repo_id: string
  name: string
  /** `integration`: looked up at the network for the whole organisation. */
  kind: 'own' | 'integration'
  url: string
  /** Host and path of `url` in one spelling: no two mirrors that are not refused share it. */
  remote_key: string
  /** `null`: it is looked up for each run. */
  credential_sealed: string | null
  /** Patterns of refs. */
  refs: Json
  /** Nothing is pushed. */
  refused_reason: string | null
  /** Why the last run failed. */
  last_error: string | null
  /** List of `{ref, reason}`: what the remote did not take in the last run. */
  refused_refs: Json
  last_attempt_at: Time | null
  last_success_at: Time | null
  /** First run of those that failed since the last success. */
  failing_since: Time | null
  created_by: string | null
  created_at: Time
  /** When it was last set, or found to be refused. */
  updated_at: Time
}

/** What happened to a repository since it was last looked after. */
interface RepositoryUpkeepTable {
  repo_id: string
  /** What has moved since it was last looked after, in points; see rooms/maintenance/wear.ts. */
  wear: number
  /** Refs that were deleted or forced since it was last repacked whole. */
  dropped: number
  fetches: number
  maintained_at: Time | null
  /** Whole, and not only what is new. */
  repacked_at: Time | null
}

interface WorkloadBindingTable {
  id: string
  account_id: string
  issuer: string
  audience: string
  /** Claim to value or pattern. */
  claims: Json
  grants: Json
  created_by: string | null
  created_at: Time
}

interface RefreshFamilyTable {
  /** Stands in `minted_from` of every token of the family; revoking it ends them all. */
  id: string
  subject_id: string
  actor_id: string | null
  client_id: string | null
  grants: Json
  minted_from: Json
  /** Of the tokens that may be used; grows by one with each use. */
  generation: number
  /** When the first token of this generation was made. */
  rotated_at: Time
  created_at: Time
  /** However often it is used. */
  ends_at: Time
  /** If it is not used any more. */
  expires_at: Time
}

interface RefreshTokenTable {
  /** SHA-256 of the token, hex. */
  hash: string
  family_id: string
  generation: number
  created_at: Time
}

interface DeviceLoginTable {
  /** SHA-256 of the device code, hex. */
  hash: string
  client_id: string | null
  /** Words of ours that narrow what the login gives; `null`: everything of its account. */
  scope: string | null
  /** Device code of the issuer behind us, sealed. */
  upstream_code: string
  interval_seconds: number
  polled_at: Time | null
  created_at: Time
  expires_at: Time
}

export type OrganizationRow = Selectable<OrganizationTable>
export type RepositoryRow = Selectable<RepositoryTable>
export type AccountRow = Selectable<AccountTable>
export type OpaqueTokenRow = Selectable<OpaqueTokenTable>
export type SigningKeyRow = Selectable<SigningKeyTable>
export type IntentRow = Selectable<IntentTable>
export type EventRow = Selectable<EventTable>
export type IdempotencyKeyRow = Selectable<IdempotencyKeyTable>
export type PullRequestRow = Selectable<PullRequestTable>
export type BranchProtectionRow = Selectable<BranchProtectionTable>
export type WorkloadBindingRow = Selectable<WorkloadBindingTable>
export type RefreshFamilyRow = Selectable<RefreshFamilyTable>
export type RefreshTokenRow = Selectable<RefreshTokenTable>
export type DeviceLoginRow = Selectable<DeviceLoginTable>
export type JobRow = Selectable<JobTable>
export type HookRow = Selectable<HookTable>
export type DeliveryRow = Selectable<DeliveryTable>
export type MirrorRow = Selectable<MirrorTable>
export type RepositoryUpkeepRow = Selectable<RepositoryUpkeepTable>
export type UpstreamRow = Selectable<UpstreamTable>
export type SecretScanRow = Selectable<SecretScanTable>
export type ApprovalRow = Selectable<ApprovalTable>
export type DeployKeyRow = Selectable<DeployKeyTable>
export type NostrEventRow = Selectable<NostrEventTable>
export type GraspRepositoryRow = Selectable<GraspRepositoryTable>
export type NostrRelayRow = Selectable<NostrRelayTable>
