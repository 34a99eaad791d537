/** Lists in pages: what a client may ask for, and where it finds the next page. */
import type { FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import { AppError } from '../kernel/errors.ts'

/** A page and the position after its last item; `null` on the last page. */
export interface Page<T> {
  readonly items: readonly T[]
  readonly next: readonly (string | number)[] | null
}

/** Query parameters of a list. A `limit` above the range is clamped, one that is no count is refused. */
export function pageQuery(limit: { readonly default: number; readonly max: number }) {
  return {
    limit: z
      .string()
      .regex(/^\d{1,9}$/, 'must be a whole number')
      .default(String(limit.default))
      .transform((text) => Math.min(Math.max(Number(text), 1), limit.max))
      .meta({ description: `1 to ${limit.max}; ${limit.default} if absent`, example: String(limit.default) }),
    offset: z
      .string()
      .regex(/^\d{1,9}$/, 'must be a whole number')
      .transform(Number)
      .optional()
      .meta({ description: 'items to skip; prefer `cursor`, which is stable while items are added' }),
    cursor: z
      .string()
      .max(1024)
      .optional()
      .meta({ description: 'value of `X-Next-Cursor` of the page before' }),
  }
}

export function encodeCursor(position: readonly (string | number)[]): string {
  return Buffer.from(JSON.stringify(position)).toString('base64url')
}

/**
 * @param parts what each element must be
 * @throws AppError `VALIDATION_ERROR`: not a cursor of ours
 */
export function decodeCursor<T extends z.ZodType>(cursor: string, parts: T): z.output<T> {
  try {
    return parts.parse(JSON.parse(Buffer.from(cursor, 'base64url').toString()))
  } catch (cause) {
    const fault = { path: 'querystring.cursor', message: 'is not a cursor of this list' }
    throw new AppError('VALIDATION_ERROR', { details: [fault], cause })
  }
}

/** Names the next page in the headers. The body is the bare array. @see RFC 8288 */
export function linkNext(request: FastifyRequest, reply: FastifyReply, next: Page<unknown>['next']): void {
  if (next === null) return
  const cursor = encodeCursor(next)
  const [path = '', query = ''] = request.url.split('?', 2)
  const params = new URLSearchParams(query)
  params.delete('offset')
  params.set('cursor', cursor)
  reply.header('x-next-cursor', cursor).header('link', `<${path}?${params.toString()}>; rel="next"`)
}
