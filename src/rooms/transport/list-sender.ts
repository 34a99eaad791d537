/**
 * Sends lists of refs, the large and often asked ones gzipped: compressed once, off the event loop,
 * when the same list is asked for a second time, and kept as long as the list itself is. Packs are
 * never compressed.
 */
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { NO_CACHE } from './protocol.ts'

/** Under this, a list goes out as fast as its headers. */
const MIN_BYTES = 32 * 1024

const compress = promisify(gzip)

export class ListSender {
  /** By the list itself: whoever remembers that decides how long this is remembered. */
  readonly #compressed = new WeakMap<Buffer, Buffer | 'seen' | 'at work'>()

  /** @param list the same buffer each time while its content stands */
  send(list: Buffer, contentType: string, request: FastifyRequest, reply: FastifyReply): FastifyReply {
    void reply.headers(NO_CACHE).type(contentType)
    const zipped = acceptsGzip(request) ? this.#zipped(list) : null
    if (zipped === null) return reply.send(list)
    return reply.header('content-encoding', 'gzip').header('vary', 'Accept-Encoding').send(zipped)
  }

  #zipped(list: Buffer): Buffer | null {
    if (list.length < MIN_BYTES) return null
    const known = this.#compressed.get(list)
    if (known instanceof Buffer) return known
    if (known === undefined) this.#compressed.set(list, 'seen')
    else if (known === 'seen') void this.#compress(list)
    return null
  }

  async #compress(list: Buffer): Promise<void> {
    this.#compressed.set(list, 'at work')
    this.#compressed.set(list, await compress(list))
  }
}

/** @see RFC 9110 section 12.5.3; git sends `deflate, gzip` and more, without weights */
function acceptsGzip(request: FastifyRequest): boolean {
  return /(?:^|,)\s*gzip\s*(?:,|$)/i.test(request.headers['accept-encoding'] ?? '')
}
