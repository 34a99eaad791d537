/** An upstream as the REST API shows it: fingerprints and never a secret. */
import { z } from 'zod'
import { AppError } from '../../../kernel/errors.ts'
import { hostKeyFingerprint } from '../../../kernel/upstream/host-key.ts'
import type { Upstream } from '../../../store/upstreams/upstream.ts'

const Time = z.iso.datetime()

export const UpstreamJson = z
  .object({
    url: z.string(),
    provider: z.enum(['static', 'token', 'gitea', 'forgejo', 'github']),
    username: z.string().nullable().meta({ description: 'goes with a token' }),
    keyFingerprint: z
      .string()
      .nullable()
      .meta({ description: 'of the key that is offered; null for a token' }),
    hostKeyFingerprint: z.string().nullable(),
    hasProvisionerToken: z.boolean(),
    apiUrl: z.string().nullable(),
    keyTtlSeconds: z.number().nullable(),
    ca: z.string().nullable().meta({ description: 'PEM: the only authority that is trusted' }),
    maxAgeMs: z.number().meta({ description: 'how old what is shown may be; 0: asked before every read' }),
    staleIfError: z.boolean(),
    user: z.object({ name: z.string(), email: z.string() }).nullable(),
    createdAt: Time,
    updatedAt: Time,
  })
  .meta({
    id: 'Upstream',
    example: {
      url: 'ssh://git@forge.example:2222/acme/widgets.git',
      provider: 'static',
      username: null,
      keyFingerprint: 'SHA256:uNiVztksCsDhcc0u9e8BrL0dHD5KvVzjJJgHPl0nYqA',
      hostKeyFingerprint: 'SHA256:+DiY3wvvV6TuJJhbpZisF/zLDA0zPMSvHdkr4UvCOqU',
      hasProvisionerToken: false,
      apiUrl: null,
      keyTtlSeconds: null,
      ca: null,
      maxAgeMs: 0,
      staleIfError: false,
      user: { name: 'Agent Seven', email: 'agent7@example.org' },
      createdAt: '2026-01-01T00:00:00.000Z',
      updatedAt: '2026-01-01T00:00:00.000Z',
    },
  })

export function upstreamJson(upstream: Upstream): z.output<typeof UpstreamJson> {
  const { url, provider, username, keyFingerprint, hostKey, apiUrl, keyTtlSeconds, ca } = upstream
  const { maxAgeMs, staleIfError, userName, userEmail } = upstream
  return {
    url,
    provider,
    username,
    keyFingerprint,
    hostKeyFingerprint: hostKey === null ? null : hostKeyFingerprint(hostKey),
    hasProvisionerToken: upstream.provisionerSealed !== null,
    apiUrl,
    keyTtlSeconds,
    ca,
    maxAgeMs,
    staleIfError,
    user: userName === null || userEmail === null ? null : { name: userName, email: userEmail },
    createdAt: new Date(upstream.createdAt).toISOString(),
    updatedAt: new Date(upstream.updatedAt).toISOString(),
  }
}

export function noUpstream(): AppError {
  return new AppError('NOT_FOUND', { details: { reason: 'the repository has no upstream' } })
}
