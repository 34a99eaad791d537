/** The body of a git POST, inflated when it comes gzipped, within bounds of size and ratio. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { finished, pipeline, Transform, type Readable } from 'node:stream'
import { createGunzip } from 'node:zlib'
import type { ByteSource } from '../../git/byte-source.ts'
import { AppError } from '../../kernel/errors.ts'

/** Inflated bytes of a gzipped body: an upload-pack request with very many haves. */
const MAX_INFLATED_BYTES = 64 * 1024 * 1024
/** zlib reaches 1,032:1; a list of ids and names stays far under this. */
const MAX_RATIO = 200
const RATIO_FREE_BYTES = 1024 * 1024

/**
 * @returns the decoded body; it errors with `PAYLOAD_TOO_LARGE` at a bound
 * @throws AppError `UNSUPPORTED_MEDIA_TYPE` for a content encoding other than gzip
 */
export function openRequestBody(request: IncomingMessage): Readable {
  const encoding = request.headers['content-encoding'] ?? 'identity'
  if (encoding === 'identity') return request
  if (encoding !== 'gzip' && encoding !== 'x-gzip') throw new AppError('UNSUPPORTED_MEDIA_TYPE')
  const gunzip = createGunzip()
  let bytes = 0
  const bounded = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      bytes += chunk.length
      const tooDense = bytes > RATIO_FREE_BYTES && bytes > gunzip.bytesWritten * MAX_RATIO
      if (bytes <= MAX_INFLATED_BYTES && !tooDense) done(null, chunk)
      else done(new AppError('PAYLOAD_TOO_LARGE', { details: { limitBytes: MAX_INFLATED_BYTES } }))
    },
  })
  // Not by `pipeline` from the request on: at a bound it would close the socket before the answer.
  const decoded = pipeline(gunzip, bounded, () => request.unpipe(gunzip))
  finished(request, { writable: false }, (err) => err && decoded.destroy(err))
  request.pipe(gunzip)
  return decoded
}

/**
 * An answer may come before the body has ended. What is left of it is then read for nobody: while it
 * waits unread, it is not even seen that the client has gone. Over the budget the connection is cut.
 */
export function discardAfter(response: ServerResponse, body: ByteSource, budgetBytes: number): void {
  const cut = () => response.req.destroy()
  response.once('finish', () => {
    body.discard(budgetBytes).then((ended) => {
      if (!ended) cut()
    }, cut)
  })
}
