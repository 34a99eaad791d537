/** Turns rows of upstreams into what the rooms see, and names them for the seal. */
import type { RefName, RepoId } from '../../kernel/ids.ts'
import type { UpstreamRow } from '../schema.ts'
import type { Upstream } from './upstream.ts'

/** What the private key or token of a repository is sealed for. */
export function credentialOf(repoId: RepoId): string {
  return `${repoId} credential`
}

/** What the token that makes its deploy keys is sealed for. */
export function provisionerOf(repoId: RepoId): string {
  return `${repoId} provisioner`
}

export function toUpstream(row: UpstreamRow): Upstream {
  return {
    repoId: row.repo_id as RepoId,
    url: row.url,
    provider: row.provider,
    username: row.username,
    credentialSealed: row.credential_sealed,
    provisionerSealed: row.provisioner_sealed,
    apiUrl: row.api_url,
    deployKeyId: row.deploy_key_id,
    keyFingerprint: row.key_fingerprint,
    keyTtlSeconds: row.key_ttl_seconds,
    hostKey: row.host_key,
    ca: row.ca,
    maxAgeMs: row.max_age_ms,
    staleIfError: row.stale_if_error === 1,
    userName: row.user_name,
    userEmail: row.user_email,
    headRef: row.head_ref as RefName | null,
    lastRefreshAt: row.last_refresh_at,
    lastForwardAt: row.last_forward_at,
    lastError: row.last_error,
    lastErrorAt: row.last_error_at,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  }
}
