/** A mirror as the REST API takes and shows it. Its credential is taken, and never shown. */
import { z } from 'zod'
import { Line } from '../../http/fields.ts'
import { RepositoryParams } from '../../http/repository-routes.ts'
import { AppError } from '../../kernel/errors.ts'
import { isRefName } from '../../kernel/ids.ts'
import type { MirrorStatus } from '../../store/mirrors/mirror-rows.ts'
import { remoteUrlFault } from './remote-url.ts'

const NAME = /^[a-z0-9][a-z0-9._-]{0,62}$/
const MAX_PATTERNS = 20
export const ALL_REFS = ['refs/heads/*', 'refs/tags/*']

export const MirrorParams = RepositoryParams.extend({
  name: z
    .string()
    .regex(NAME, 'is no name: lower-case letters, digits, dots, dashes and underscores, at most 63')
    .meta({ description: 'name of the mirror' }),
})

const RemoteUrl = z
  .string()
  .max(2048)
  .superRefine((text, ctx) => {
    const fault = remoteUrlFault(text)
    if (fault !== null) ctx.addIssue({ code: 'custom', message: fault })
  })
  .meta({ description: 'where to push: https, without user, password, query and fragment' })

const RefPattern = z
  .string()
  .max(1024)
  .refine((pattern) => isRefName(pattern.replaceAll('*', 'x')), {
    error: 'is neither a full ref name nor a pattern of such names with *',
  })

const SecretText = Line.min(1).max(4096)

const User = Line.max(255).refine((name) => !name.includes(':'), { error: 'holds a colon' })

const Credential = z
  .union([
    z.strictObject({ token: SecretText }),
    z.strictObject({ username: User.optional(), password: SecretText }),
  ])
  .meta({ description: 'a token, or a password with or without its user; never shown again' })

export const MirrorBody = z
  .object({
    url: RemoteUrl,
    credential: Credential.optional().meta({
      description: 'as before if absent, which needs a mirror that has one for the same URL',
    }),
    refs: z
      .array(RefPattern)
      .min(1)
      .max(MAX_PATTERNS)
      .default(ALL_REFS)
      .transform((patterns) => [...new Set(patterns)])
      .meta({ description: 'refs to push: full names or patterns with `*`' }),
  })
  .meta({ example: { url: 'https://github.com/acme/app.git', credential: { token: 'github_pat_…' } } })

const Time = z.iso.datetime()

export const MirrorJson = z
  .object({
    name: z.string(),
    kind: z
      .enum(['own', 'integration'])
      .meta({ description: '`integration`: it comes from the integration of the organisation' }),
    url: z.string(),
    refs: z.array(z.string()),
    hasCredential: z.boolean(),
    state: z.enum(['ok', 'pushing', 'waiting', 'failed', 'refused']).meta({
      description:
        '`refused`: nothing is pushed, see `refusedReason`; `failed`: see `lastError`; `waiting`: for its push',
    }),
    refusedReason: z.string().nullable(),
    lastError: z.string().nullable(),
    refusedRefs: z
      .array(z.object({ ref: z.string(), reason: z.string() }))
      .meta({ description: 'what the remote did not take, in its words; at most 100' }),
    lastAttemptAt: Time.nullable(),
    lastSuccessAt: Time.nullable(),
    nextAttemptAt: Time.nullable(),
    createdAt: Time,
    updatedAt: Time,
  })
  .meta({
    id: 'Mirror',
    example: {
      name: 'github',
      kind: 'own',
      url: 'https://github.com/acme/app.git',
      refs: ALL_REFS,
      hasCredential: true,
      state: 'failed',
      refusedReason: null,
      lastError: 'the remote did not take 1 ref',
      refusedRefs: [{ ref: 'refs/heads/main', reason: 'protected branch hook declined' }],
      lastAttemptAt: '2026-01-01T00:10:00.000Z',
      lastSuccessAt: '2026-01-01T00:00:00.000Z',
      nextAttemptAt: '2026-01-01T00:20:00.000Z',
      createdAt: '2026-01-01T00:00:00.000Z',
      updatedAt: '2026-01-01T00:00:00.000Z',
    },
  })

export function mirrorJson(mirror: MirrorStatus): z.output<typeof MirrorJson> {
  const { name, kind, url, refs, state, refusedReason, lastError, refusedRefs } = mirror
  return {
    name,
    kind,
    url,
    refs: [...refs],
    hasCredential: kind === 'integration' || mirror.credentialSealed !== null,
    state,
    refusedReason,
    lastError,
    refusedRefs: refusedRefs.map(({ ref, reason }) => ({ ref, reason })),
    lastAttemptAt: time(mirror.lastAttemptAt),
    lastSuccessAt: time(mirror.lastSuccessAt),
    nextAttemptAt: time(mirror.nextAttemptAt),
    createdAt: new Date(mirror.createdAt).toISOString(),
    updatedAt: new Date(mirror.updatedAt).toISOString(),
  }
}

export function noSuchMirror(): AppError {
  return new AppError('NOT_FOUND', { details: { reason: 'no such mirror' } })
}

function time(ms: number | null): string | null {
  return ms === null ? null : new Date(ms).toISOString()
}
