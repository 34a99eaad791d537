/** Fields of bodies and queries that more than one room takes. */
import { z } from 'zod'
import { isUuid } from '../kernel/ids.ts'
import { isSlug } from '../kernel/slug.ts'

const CONTROL = /[\x00-\x1f\x7f]/

/** No control character: a NUL is no text to PostgreSQL, and a line feed forges lines where names are shown. */
export const Line = z.string().refine((text) => !CONTROL.test(text), { error: 'holds a control character' })

/** Slug or UUID; a slug may name an organisation that does not exist yet. */
export const Organisation = z
  .string()
  .toLowerCase()
  .refine((org) => isUuid(org) || isSlug(org), { error: 'is neither a UUID nor a slug' })
  .meta({ example: 'acme' })

export const AccountId = z.uuid().toLowerCase()
