/** An upstream as an owner wants it, and the row that it becomes. */
import { AppError } from '../../kernel/errors.ts'
import type { RepoId } from '../../kernel/ids.ts'
import type { UpstreamRow } from '../schema.ts'
import { NO_CREDENTIAL, type KeyProvider } from './upstream.ts'

export interface WantedUpstream {
  /** As `writeUpstreamUrl` writes it. */
  readonly url: string
  readonly provider: KeyProvider
  readonly username: string | null
  /** `sealed` for `credentialOf(repoId)`; `null`: the one that it has for this URL and authority. */
  readonly credential: {
    readonly sealed: string
    readonly fingerprint: string | null
    /** Where it was registered by us. */
    readonly deployKeyId: string | null
  } | null
  /** Sealed for `provisionerOf(repoId)`. */
  readonly provisionerSealed: string | null
  readonly apiUrl: string | null
  readonly keyTtlSeconds: number | null
  readonly hostKey: string | null
  readonly ca: string | null
  readonly maxAgeMs: number
  readonly staleIfError: boolean
  readonly user: { readonly name: string; readonly email: string } | null
}

/** Is the credential of the one good for the other? Who sets a URL must not be sent what another has entrusted. */
export function mayKeepCredential(
  known: Pick<UpstreamRow, 'url' | 'provider' | 'ca' | 'credential_sealed'>,
  wanted: Pick<WantedUpstream, 'url' | 'provider' | 'ca'>,
): boolean {
  if (known.credential_sealed === NO_CREDENTIAL) return false
  return known.url === wanted.url && known.provider === wanted.provider && known.ca === wanted.ca
}

/** @throws AppError `UNPROCESSABLE`: no credential is known for this URL */
export function upstreamRow(
  repoId: RepoId,
  wanted: WantedUpstream,
  known: UpstreamRow | null,
  { by, now }: { readonly by: string | null; readonly now: number },
): UpstreamRow {
  return {
    repo_id: repoId,
    url: wanted.url,
    provider: wanted.provider,
    username: wanted.username,
    ...credentialColumns(wanted, known),
    provisioner_sealed: wanted.provisionerSealed,
    api_url: wanted.apiUrl,
    key_ttl_seconds: wanted.keyTtlSeconds,
    host_key: wanted.hostKey,
    ca: wanted.ca,
    max_age_ms: wanted.maxAgeMs,
    stale_if_error: wanted.staleIfError ? 1 : 0,
    user_name: wanted.user?.name ?? null,
    user_email: wanted.user?.email ?? null,
    ...historyColumns(wanted, known),
    created_by: known ? known.created_by : by,
    created_at: known?.created_at ?? now,
    updated_at: Math.max(now, (known?.updated_at ?? 0) + 1), // a refresh of the old one must not take it for its own
  }
}

function credentialColumns(wanted: WantedUpstream, known: UpstreamRow | null) {
  const { credential } = wanted
  if (credential !== null)
    return {
      credential_sealed: credential.sealed,
      key_fingerprint: credential.fingerprint,
      deploy_key_id: credential.deployKeyId,
    }
  if (known === null || !mayKeepCredential(known, wanted)) throw keyMissing()
  const { credential_sealed, key_fingerprint, deploy_key_id } = known
  return { credential_sealed, key_fingerprint, deploy_key_id }
}

/** What is known of another upstream says nothing of this one; another key may end what has failed. */
function historyColumns(wanted: WantedUpstream, known: UpstreamRow | null) {
  const isSame = known?.url === wanted.url
  return {
    head_ref: isSame ? known.head_ref : null,
    last_refresh_at: isSame ? known.last_refresh_at : null,
    last_forward_at: isSame ? known.last_forward_at : null,
    last_error: null,
    last_error_at: null,
  }
}

export function keyMissing(): AppError {
  const reason =
    'an upstream that is new, gets another URL or authority, or whose key was revoked, needs a key'
  return new AppError('UNPROCESSABLE', { details: { reason } })
}
