/** The body of a git POST, inflated when it comes gzipped, within bounds of size and ratio. */
import type { IncomingMessage } from 'node:http'
import { pipeline, Transform, type Readable } from 'node:stream'
import { createGunzip } from 'node:zlib'
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
  // whoever reads `bounded` sees an error of any part; the callback only takes the second report of it
  return pipeline(request, gunzip, bounded, () => {})
}
