/** Every table with the columns of its primary key, in an order in which rows may refer to rows before them. */
import type { Schema } from '../schema.ts'

export const TABLES = {
  schema_migrations: ['version'],
  meta: ['key'],
  organizations: ['id'],
  org_members: ['org_id', 'account_id'],
  accounts: ['id'],
  identities: ['issuer', 'subject'],
  repositories: ['id'],
  repository_redirects: ['org_id', 'slug'],
  collaborators: ['repo_id', 'account_id'],
  opaque_tokens: ['id'],
  signing_keys: ['kid'],
  intents: ['id'],
  events: ['sequence'],
  idempotency_keys: ['principal', 'key'],
  pull_counters: ['repo_id'],
  pull_requests: ['id'],
  branch_protections: ['repo_id', 'pattern'],
  deleted_branches: ['repo_id', 'ref'],
  event_cursors: ['subscriber'],
  jobs: ['id'],
  revoked_tokens: ['id'],
  credential_changes: ['sequence'],
  workload_bindings: ['id'],
  refresh_families: ['id'],
  refresh_tokens: ['hash'],
  device_logins: ['hash'],
  hooks: ['id'],
  deliveries: ['id'],
  mirrors: ['id'],
  mirror_refs: ['mirror_id', 'ref'],
  repository_upkeep: ['repo_id'],
  upstreams: ['repo_id'],
  deploy_keys: ['id'],
  secret_scans: ['repo_id'],
  scan_verdicts: ['oid', 'rules_version'],
  approvals: ['id'],
  nostr_events: ['sequence'],
  nostr_tags: ['event', 'key'],
  grasp_repositories: ['repo_id'],
  grasp_tips: ['event_id', 'repo_id'],
  nostr_relays: ['url'],
  nostr_rejections: ['id', 'named'],
} as const satisfies { readonly [T in keyof Schema]: readonly (keyof Schema[T])[] }

export type TableName = keyof typeof TABLES

export const TABLE_NAMES = Object.keys(TABLES) as readonly TableName[]

/** Tables whose rows are numbered by the database. */
export const NUMBERED: readonly TableName[] = ['events', 'credential_changes', 'nostr_events']
