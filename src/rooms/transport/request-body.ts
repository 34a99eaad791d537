/** The body of a git POST as a stream: inflated when gzipped, bounded in ratio and size, watched while idle. */
import type { IncomingMessage } from 'node:http'
import { pipeline, Transform, type Readable } from 'node:stream'
import { createGunzip } from 'node:zlib'
import { AppError } from '../../kernel/errors.ts'

export interface BodyLimits {
  /** Inflated bytes of a gzipped body. A body that is not gzipped is bounded by who reads it. */
  readonly maxInflatedBytes: number
  /** Silence of the sender after which the connection is cut. */
  readonly idleMs: number
}

/** zlib cannot do better than 1,032:1; an honest command list stays under this. */
const MAX_RATIO = 200
const RATIO_FREE_BYTES = 1024 * 1024

/**
 * @returns the decoded body; it errors with `PAYLOAD_TOO_LARGE` at a bound
 * @throws AppError `UNSUPPORTED_MEDIA_TYPE` for a content encoding other than gzip
 */
export function openRequestBody(request: IncomingMessage, limits: BodyLimits): Readable {
  cutWhenIdle(request, limits.idleMs)
  const encoding = request.headers['content-encoding'] ?? 'identity'
  if (encoding === 'identity') return request
  if (encoding !== 'gzip' && encoding !== 'x-gzip') throw new AppError('UNSUPPORTED_MEDIA_TYPE')
  const gunzip = createGunzip()
  let bytes = 0
  const bounded = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      bytes += chunk.length
      const tooDense = bytes > RATIO_FREE_BYTES && bytes > gunzip.bytesWritten * MAX_RATIO
      if (bytes > limits.maxInflatedBytes || tooDense) {
        done(new AppError('PAYLOAD_TOO_LARGE', { details: { limitBytes: limits.maxInflatedBytes } }))
      } else done(null, chunk)
    },
  })
  // the reader of `bounded` sees the error; the callback only keeps it from being thrown twice
  return pipeline(request, gunzip, bounded, () => {})
}

function cutWhenIdle(request: IncomingMessage, idleMs: number): void {
  const cut = () => request.destroy(new Error('request body idle for too long'))
  request.setTimeout(idleMs, cut)
  request.once('end', () => {
    request.socket.setTimeout(0)
    request.socket.off('timeout', cut)
  })
}
