/** A rule of branches as the REST API takes and shows it. */
import { z } from 'zod'
import { RepositoryParams } from '../../../http/repository-routes.ts'
import { AppError } from '../../../kernel/errors.ts'
import { isBranchPattern, type Protection } from '../../../store/protection-rules.ts'
import { AccountId } from '../fields.ts'

const MAX_ALLOWED = 100
const EXAMPLE_ACCOUNT = '0199c0de-0000-7000-8000-00000000000a'

const Pattern = z
  .string()
  .max(255)
  .refine(isBranchPattern, { error: 'is neither a short branch name nor a pattern of such names with *' })

export const ProtectionParams = RepositoryParams.extend({
  '*': Pattern.meta({ description: 'short branch name, or a pattern with `*`, as it is or percent-encoded' }),
})

export const Rule = z
  .object({
    push: z
      .enum(['owner', 'writer', 'none'])
      .default('writer')
      .meta({ description: 'least role that may move the branch, by any road; `none`: nobody' }),
    force: z.boolean().default(false).meta({ description: 'history may be rewritten' }),
    delete: z.boolean().default(false).meta({ description: 'the branch may be deleted' }),
    requirePullRequest: z
      .boolean()
      .default(false)
      .meta({ description: 'only merges of pull requests move the branch' }),
    allow: z
      .array(AccountId)
      .max(MAX_ALLOWED)
      .default([])
      .transform((accounts) => [...new Set(accounts)])
      .meta({ description: 'accounts that this rule does not bind' }),
  })
  .meta({ example: { push: 'owner', requirePullRequest: true, allow: [EXAMPLE_ACCOUNT] } })

const Time = z.iso.datetime()

export const ProtectionJson = z
  .object({
    pattern: z.string(),
    push: z.enum(['owner', 'writer', 'none']),
    force: z.boolean(),
    delete: z.boolean(),
    requirePullRequest: z.boolean(),
    allow: z.array(z.string()),
    createdAt: Time,
    updatedAt: Time,
  })
  .meta({
    id: 'Protection',
    example: {
      pattern: 'release/*',
      push: 'owner',
      force: false,
      delete: false,
      requirePullRequest: true,
      allow: [EXAMPLE_ACCOUNT],
      createdAt: '2026-01-01T00:00:00.000Z',
      updatedAt: '2026-01-01T00:00:00.000Z',
    },
  })

export function protectionJson(protection: Protection): z.output<typeof ProtectionJson> {
  return {
    ...protection,
    allow: [...protection.allow],
    createdAt: new Date(protection.createdAt).toISOString(),
    updatedAt: new Date(protection.updatedAt).toISOString(),
  }
}

export function noSuchRule(pattern: string): AppError {
  return new AppError('NOT_FOUND', { details: { reason: 'no such rule', pattern } })
}
