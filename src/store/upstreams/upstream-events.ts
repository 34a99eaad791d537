/** What the log says of upstreams: never a secret, nor what is sealed. */
import { hostKeyFingerprint } from '../../kernel/upstream/host-key.ts'
import type { NewEvent } from '../../kernel/events.ts'
import type { RepoId } from '../../kernel/ids.ts'
import type { Actor } from '../log/events.ts'
import type { NamedRow } from '../repository-rows.ts'
import type { UpstreamRow } from '../schema.ts'

export function upstreamSet(repo: NamedRow, row: UpstreamRow, by: Actor): NewEvent {
  return upstreamEvent(repo, by, 'set', {
    url: row.url,
    provider: row.provider,
    keyFingerprint: row.key_fingerprint,
    hostKeyFingerprint: row.host_key === null ? null : hostKeyFingerprint(row.host_key),
    maxAgeMs: row.max_age_ms,
    staleIfError: row.stale_if_error === 1,
  })
}

export function upstreamRemoved(repo: NamedRow, { url, provider }: UpstreamRow, by: Actor): NewEvent {
  return upstreamEvent(repo, by, 'removed', { url, provider })
}

/** @param data without secrets */
export function upstreamEvent(
  repo: NamedRow,
  by: Actor,
  type: 'set' | 'removed' | 'key_rotated' | 'key_revoked',
  data: object,
): NewEvent {
  return {
    type: `upstream.${type}`,
    repoId: repo.id as RepoId,
    orgId: repo.org_id,
    projectId: repo.project_id,
    ...by,
    targetId: repo.id,
    data,
  }
}
