/** What a browser is told of somebody's file: that it is no page of this server. */
import type { FastifyReply } from 'fastify'
import type { ByteRange } from '../../../http/byte-range.ts'

/** Set on every answer with bytes of a file; its type comes later, see `typeOf`. */
export function describeFile(reply: FastifyReply, path: string, { from, to }: ByteRange): void {
  reply.headers({
    'accept-ranges': 'bytes',
    'content-length': to + 1 - from,
    'content-disposition': dispositionOf(path),
    'content-security-policy': "sandbox; default-src 'none'",
    'x-content-type-options': 'nosniff',
  })
}

/** The file's own name. @see RFC 6266, appendix D; RFC 8187 */
function dispositionOf(path: string): string {
  const name = path.slice(path.lastIndexOf('/') + 1)
  const plain = name.replace(/[^\w. -]/g, '_')
  const encoded = encodeURIComponent(name).replace(
    /['()*]/g,
    (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`,
  )
  return `inline; filename="${plain}"; filename*=UTF-8''${encoded}`
}
