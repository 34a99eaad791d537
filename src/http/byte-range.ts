/** One range of the bytes of a representation. @see RFC 9110, section 14 */
import type { FastifyReply, FastifyRequest } from 'fastify'
import { AppError } from '../kernel/errors.ts'

export interface ByteRange {
  readonly from: number
  /** The last byte. */
  readonly to: number
}

/**
 * Says in status and headers which part is sent.
 *
 * @param etag of the version that is sent
 * @throws AppError `RANGE_NOT_SATISFIABLE`
 */
export function takeRange(
  request: FastifyRequest,
  reply: FastifyReply,
  etag: string,
  size: number,
): ByteRange {
  const range = rangeOf(request, etag, size)
  if (range === null) return { from: 0, to: size - 1 }
  if (range === 'unsatisfiable') {
    reply.header('content-range', `bytes */${size}`)
    throw new AppError('RANGE_NOT_SATISFIABLE', { details: { size } })
  }
  reply.code(206).header('content-range', `bytes ${range.from}-${range.to}/${size}`)
  return range
}

const SINGLE = /^bytes=(\d*)-(\d*)$/

/**
 * What a request asks for of `size` bytes. Several ranges at once, and units other than bytes, are not
 * served: then all of it is. So it is where `If-Range` names another version.
 *
 * @param etag of the version that would be sent
 * @returns `null`: all of it; `unsatisfiable`: the range begins behind the end
 */
function rangeOf(
  request: Pick<FastifyRequest, 'method' | 'headers'>,
  etag: string,
  size: number,
): ByteRange | 'unsatisfiable' | null {
  const { range, 'if-range': ifRange } = request.headers
  if (range === undefined || request.method !== 'GET') return null
  if (ifRange !== undefined && (ifRange !== etag || etag.startsWith('W/'))) return null
  const [, first = '', last = ''] = SINGLE.exec(range.trim()) ?? []
  if (first === '' && last === '') return null
  return first === '' ? suffix(Number(last), size) : between(Number(first), last, size)
}

function suffix(count: number, size: number): ByteRange | 'unsatisfiable' {
  return count === 0 || size === 0 ? 'unsatisfiable' : { from: Math.max(0, size - count), to: size - 1 }
}

function between(from: number, last: string, size: number): ByteRange | 'unsatisfiable' | null {
  const to = last === '' ? size - 1 : Math.min(Number(last), size - 1)
  if (last !== '' && Number(last) < from) return null // not a range at all
  return from >= size ? 'unsatisfiable' : { from, to }
}
