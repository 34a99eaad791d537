/** What a client may say of a repository: the fields that more than one endpoint takes. */
import { z } from 'zod'
import { Line } from '../../http/fields.ts'
import { isRefName } from '../../kernel/ids.ts'
import { isSlug, slugOf } from '../../kernel/slug.ts'

export { AccountId, Line, Organisation } from '../../http/fields.ts'

const MAX_NAME_CHARS = 128
const MAX_DESCRIPTION_CHARS = 4_096

/** The slug is made of it; see kernel/slug.ts. */
export const Name = Line.trim()
  .min(1)
  .max(MAX_NAME_CHARS)
  .refine((name) => isSlug(slugOf(name)), {
    error: 'makes no usable address: reserved, empty, or ending in .git or .lock',
  })
  .meta({ example: 'Rocket Parts' })

export const Description = z
  .string()
  .max(MAX_DESCRIPTION_CHARS)
  .refine((text) => !text.includes('\0'), { error: 'holds a NUL' })

export const Visibility = z.enum(['public', 'private'])

export const BranchName = z
  .string()
  .refine((name) => isRefName(`refs/heads/${name}`) && !name.startsWith('-'), {
    error: 'is not a branch name',
  })
  .meta({ example: 'main' })
