/** What the log says of upstreams: never a secret, nor what is sealed. */
import { hostKeyFingerprint } from '../../kernel/upstream/host-key.ts'
import type { NewEvent } from '../../kernel/events.ts'
import type { Actor } from '../log/events.ts'
import { repositoryEvent } from '../repository-events.ts'
import type { NamedRow } from '../repository-rows.ts'
import type { UpstreamRow } from '../schema.ts'

export function upstreamSet(repo: NamedRow, row: UpstreamRow, by: Actor): NewEvent {
  return repositoryEvent(repo, by, 'upstream.set', {
    url: row.url,
    provider: row.provider,
    keyFingerprint: row.key_fingerprint,
    hostKeyFingerprint: row.host_key === null ? null : hostKeyFingerprint(row.host_key),
    maxAgeMs: row.max_age_ms,
    staleIfError: row.stale_if_error === 1,
  })
}

export function upstreamRemoved(repo: NamedRow, { url, provider }: UpstreamRow, by: Actor): NewEvent {
  return repositoryEvent(repo, by, 'upstream.removed', { url, provider })
}
