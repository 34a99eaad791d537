/** `GET /repos/{org}/{repo}/raw/{ref}/{*path}`: the bytes of a file, harmless to a browser. */
import type { FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import type { StoredObjects } from '../../../git/objects/stored-objects.ts'
import { isFresh } from '../../../http/conditional.ts'
import { readerOf } from '../../../http/reader.ts'
import {
  accessBelow,
  REPOSITORY_PREFIX,
  RepositoryParams,
  type FindDeleted,
} from '../../../http/repository-routes.ts'
import { bytesOf, failures, type ZodApp } from '../../../http/zod-app.ts'
import { AppError } from '../../../kernel/errors.ts'
import { rangeOf, type ByteRange } from './byte-range.ts'
import { fileAt, type ContentParts } from './content-at.ts'
import { etagOfFile, FileParam } from './file-address.ts'
import { describeFile } from './raw-headers.ts'
import { sendBlob, type BlobSource } from './send-blob.ts'

export interface RawParts extends ContentParts, BlobSource {
  readonly objects: Pick<StoredObjects, 'commit' | 'tree' | 'info' | 'blob'>
  readonly findDeleted: FindDeleted
}

export function rawRoute(app: ZodApp, parts: RawParts): void {
  app.get(
    `${REPOSITORY_PREFIX}/raw/*`,
    {
      config: { access: accessBelow('read', parts.findDeleted) },
      schema: {
        summary: 'Read the bytes of a file, or a range of them',
        tags: ['files'],
        params: RepositoryParams.extend({ '*': FileParam }),
        response: {
          200: bytesOf('text/plain', 'application/octet-stream'),
          206: bytesOf('text/plain', 'application/octet-stream'),
          304: z.null(),
          ...failures(400, 401, 404, 410, 416, 429, 503),
        },
      },
    },
    async (request, reply) => {
      const { repo } = request.found
      const file = await fileAt(parts, repo, request.params['*'])
      const etag = etagOfFile(file)
      if (isFresh(request, reply, etag)) return reply.code(304).send(null)
      const { oid } = file.entry
      const info = await parts.objects.info(repo, oid)
      if (info === null) throw new AppError('NOT_FOUND', { details: { reason: 'no such file' } })
      const range = takeRange(request, reply, etag, info.size)
      describeFile(reply, file.path, range)
      return sendBlob(parts, readerOf(request, reply), reply, { oid, size: info.size, range })
    },
  )
}

/**
 * Says in status and headers which part is sent.
 *
 * @throws AppError `RANGE_NOT_SATISFIABLE`
 */
function takeRange(request: FastifyRequest, reply: FastifyReply, etag: string, size: number): ByteRange {
  const range = rangeOf(request, etag, size)
  if (range === null) return { from: 0, to: size - 1 }
  if (range === 'unsatisfiable') {
    reply.header('content-range', `bytes */${size}`)
    throw new AppError('RANGE_NOT_SATISFIABLE', { details: { size } })
  }
  reply.code(206).header('content-range', `bytes ${range.from}-${range.to}/${size}`)
  return range
}
