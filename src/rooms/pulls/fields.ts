/** What a client may say of a pull request, and how it names one. */
import { z } from 'zod'
import { isRefName } from '../../kernel/ids.ts'
import { REPOSITORY_PREFIX, RepositoryParams } from '../../http/repository-routes.ts'

const MAX_TITLE_CHARS = 256
const MAX_DESCRIPTION_CHARS = 65_536
const CONTROL = /[\x00-\x1f\x7f]/
const UUID_OR_NUMBER = /^(?:[1-9]\d{0,8}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/i

export const Title = z
  .string()
  .trim()
  .min(1)
  .max(MAX_TITLE_CHARS)
  .refine((text) => !CONTROL.test(text), { error: 'holds a control character' })
  .meta({ example: 'Burn longer' })

export const Description = z
  .string()
  .max(MAX_DESCRIPTION_CHARS)
  .refine((text) => !text.includes('\0'), { error: 'holds a NUL' })

export const BranchName = z
  .string()
  .refine((name) => isRefName(`refs/heads/${name}`) && !name.startsWith('-'), {
    error: 'is not a branch name',
  })
  .meta({ example: 'main' })

export const Sha = z
  .string()
  .toLowerCase()
  .regex(/^(?:[0-9a-f]{40}|[0-9a-f]{64})$/, 'is not a whole object id')

export const PULLS = `${REPOSITORY_PREFIX}/pulls`
export const PULL = `${PULLS}/:id`

export const PullParams = RepositoryParams.extend({
  id: z
    .string()
    .regex(UUID_OR_NUMBER, 'is neither a UUID nor a number')
    .meta({ description: 'UUID or number of the pull request' }),
})
