/** What more than one route about the history takes from a client. */
import { z } from 'zod'

const MAX_PATH_BYTES = 4_096
const MAX_REF_CHARS = 1_024

/** Whether it names a commit is seen when it is resolved. */
export const Revision = z
  .string()
  .min(1)
  .max(MAX_REF_CHARS)
  .meta({ description: 'branch, tag or object id', example: 'main' })

/** Of a file or directory; slashes at its ends mean nothing. Empty: everything. */
export const RepositoryPath = z
  .string()
  .refine((path) => Buffer.byteLength(path) <= MAX_PATH_BYTES, { error: 'is too long' })
  .refine((path) => !path.includes('\0'), { error: 'holds a NUL' })
  .refine((path) => !path.split('/').some((name) => name === '.' || name === '..'), {
    error: 'holds "." or ".."',
  })
  .transform((path) => path.split('/').filter(Boolean).join('/') || undefined)
  .meta({ description: 'file or directory', example: 'src/mill.ts' })

/** Seconds since 1970. */
export const Moment = z
  .union([z.iso.datetime({ offset: true }), z.iso.date()], { error: 'is no ISO 8601 date or time' })
  .transform((text) => Math.max(0, Date.parse(text) / 1_000))

const LINE = /^[^\x00-\x1f\x7f]*$/

/** One line that is searched for as it stands. */
export const SearchText = z.string().min(1).max(256).regex(LINE, { error: 'holds a control character' })

export const WithPatch = z
  .enum(['true', 'false'])
  .default('true')
  .transform((text) => text === 'true')
  .meta({ description: '`false` leaves the patches out' })

export const LineNumber = z
  .string()
  .regex(/^[1-9]\d{0,8}$/, 'must be a whole number from 1')
  .transform(Number)
  .meta({ example: '1' })
