/** A pull request as the REST API shows it. */
import { createHash } from 'node:crypto'
import { z } from 'zod'
import { weakEtag } from '../../http/conditional.ts'
import type { PullRequest } from '../../store/pulls-rows.ts'

const Time = z.iso.datetime()

export const PullJson = z
  .object({
    id: z.uuid(),
    repoId: z.uuid(),
    number: z.number(),
    authorId: z.string().nullable(),
    sourceBranch: z.string().nullable().meta({
      description:
        '`null`: it holds what was pushed to its target; git fetches it as `refs/pull/<number>/head`',
    }),
    targetBranch: z.string(),
    sourceSha: z.string(),
    targetSha: z.string(),
    title: z.string(),
    description: z.string().nullable(),
    status: z.enum(['open', 'closed', 'merged']),
    mergedAt: Time.nullable(),
    mergedBy: z.string().nullable(),
    mergeCommitSha: z.string().nullable(),
    createdAt: Time,
    updatedAt: Time,
  })
  .meta({
    id: 'PullRequest',
    example: {
      id: '0199c0de-0000-7000-8000-0000000000b1',
      repoId: '0199c0de-0000-7000-8000-000000000001',
      number: 7,
      authorId: '0199c0de-0000-7000-8000-00000000000a',
      sourceBranch: 'feature/longer-burn',
      targetBranch: 'main',
      sourceSha: '7fd1a60b01f91b314f59955a4e4d4e80d8edf11d',
      targetSha: '553c2077f0edc3d5dc5d17262f6aa498e69d6f8e',
      title: 'Burn longer',
      description: null,
      status: 'open',
      mergedAt: null,
      mergedBy: null,
      mergeCommitSha: null,
      createdAt: '2026-01-01T00:00:00.000Z',
      updatedAt: '2026-01-01T00:00:00.000Z',
    },
  })

export function toJson(pull: PullRequest): z.output<typeof PullJson> {
  return {
    ...pull,
    mergedAt: pull.mergedAt === null ? null : new Date(pull.mergedAt).toISOString(),
    createdAt: new Date(pull.createdAt).toISOString(),
    updatedAt: new Date(pull.updatedAt).toISOString(),
  }
}

/** Changes with everything that is shown: times alone do not tell two changes of one millisecond apart. */
export function etagOf(shown: unknown): string {
  return weakEtag(createHash('sha256').update(JSON.stringify(shown)).digest('base64url').slice(0, 22))
}
