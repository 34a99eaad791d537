/** Lists in pages: what a client may ask for, and where it finds the next page. */
import type { FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'

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
    cursor: z.string().max(1024).optional().meta({ description: '`X-Next-Cursor` of the page before' }),
  }
}

/**
 * Names the next page in the headers; the body is the bare array. Parameters that the route does not
 * know are not repeated: one may be a token that somebody put there.
 *
 * @param cursor `null` on the last page
 * @see RFC 8288
 */
export function linkNext(request: FastifyRequest, reply: FastifyReply, cursor: string | null): void {
  if (cursor === null) return
  const [path = '', query = ''] = request.url.split('?', 2)
  const isKnown = (name: string) => Object.hasOwn(request.query as object, name)
  const params = new URLSearchParams([...new URLSearchParams(query)].filter(([name]) => isKnown(name)))
  params.delete('offset')
  params.set('cursor', cursor)
  reply.header('x-next-cursor', cursor).header('link', `<${path}?${params.toString()}>; rel="next"`)
}
