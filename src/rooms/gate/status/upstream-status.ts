/** How a gate does: what is known of its upstream, and whether that can be asked now. */
import { z } from 'zod'
import { hostKeyFingerprint } from '../../../kernel/upstream/host-key.ts'
import type { DeployKeys } from '../../../store/upstreams/deploy-keys.ts'
import type { Upstream } from '../../../store/upstreams/upstream.ts'
import { EndingKeyJson, endingKeys } from '../keys/upstream-key-json.ts'
import type { Reachability } from './reachability.ts'

export interface UpstreamStatusParts {
  readonly reachability: Pick<Reachability, 'of'>
  readonly deployKeys: Pick<DeployKeys, 'ofRepository'>
}

const Time = z.iso.datetime()

export const UpstreamStatusJson = z
  .object({
    reachable: z.boolean().meta({ description: 'it was asked for this answer, or within the last second' }),
    unreachableReason: z.string().nullable(),
    lastRefreshAt: Time.nullable(),
    lastForwardAt: Time.nullable(),
    lastError: z
      .string()
      .nullable()
      .meta({ description: 'of the last refresh or push; null once it went well' }),
    lastErrorAt: Time.nullable(),
    provider: z.enum(['static', 'token', 'gitea', 'forgejo', 'github']),
    keyFingerprint: z.string().nullable(),
    hostKeyFingerprint: z.string().nullable(),
    endingKeys: z
      .array(EndingKeyJson)
      .meta({ description: 'keys that are still to be removed at their forge' }),
  })
  .meta({
    id: 'UpstreamStatus',
    example: {
      reachable: true,
      unreachableReason: null,
      lastRefreshAt: '2026-01-01T00:10:00.000Z',
      lastForwardAt: '2026-01-01T00:05:00.000Z',
      lastError: null,
      lastErrorAt: null,
      provider: 'static',
      keyFingerprint: 'SHA256:uNiVztksCsDhcc0u9e8BrL0dHD5KvVzjJJgHPl0nYqA',
      hostKeyFingerprint: 'SHA256:+DiY3wvvV6TuJJhbpZisF/zLDA0zPMSvHdkr4UvCOqU',
      endingKeys: [],
    },
  })

export async function upstreamStatus(
  { reachability, deployKeys }: UpstreamStatusParts,
  upstream: Upstream,
): Promise<z.output<typeof UpstreamStatusJson>> {
  const { reachable, reason } = await reachability.of(upstream)
  const { provider, keyFingerprint, hostKey, lastError } = upstream
  return {
    reachable,
    unreachableReason: reason,
    lastRefreshAt: time(upstream.lastRefreshAt),
    lastForwardAt: time(upstream.lastForwardAt),
    lastError,
    lastErrorAt: time(upstream.lastErrorAt),
    provider,
    keyFingerprint,
    hostKeyFingerprint: hostKey === null ? null : hostKeyFingerprint(hostKey),
    endingKeys: endingKeys(await deployKeys.ofRepository(upstream.repoId)),
  }
}

function time(ms: number | null): string | null {
  return ms === null ? null : new Date(ms).toISOString()
}
