/** What a client may say of a repository: the fields that more than one endpoint takes. */
import { z } from 'zod'
import { isRefName, isUuid } from '../../kernel/ids.ts'
import { isSlug, slugOf } from '../../kernel/slug.ts'

const MAX_NAME_CHARS = 128
const MAX_DESCRIPTION_CHARS = 4_096

const CONTROL = /[\x00-\x1f\x7f]/

/** No control character: a NUL is no text to PostgreSQL, and a line feed forges lines where names are shown. */
export const Line = z.string().refine((text) => !CONTROL.test(text), { error: 'holds a control character' })

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

/** Slug or UUID; a slug may name an organisation that does not exist yet. */
export const Organisation = z
  .string()
  .toLowerCase()
  .refine((org) => isUuid(org) || isSlug(org), { error: 'is neither a UUID nor a slug' })
  .meta({ example: 'acme' })

export const AccountId = z.uuid().toLowerCase()
