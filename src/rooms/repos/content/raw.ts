/** `GET /repos/{org}/{repo}/raw/{ref}/{*path}`: the bytes of a file, harmless to a browser. */
import { z } from 'zod'
import type { StoredObjects } from '../../../git/objects/stored-objects.ts'
import { takeRange } from '../../../http/byte-range.ts'
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
