/** `GET /repos/{org}/{repo}/blob/{ref}/{*path}`: a file as JSON. Its bytes alone: raw.ts. */
import { isUtf8 } from 'node:buffer'
import { z } from 'zod'
import type { StoredObjects } from '../../../git/objects/stored-objects.ts'
import { isFresh } from '../../../http/conditional.ts'
import { sendJson } from '../../../http/own-json.ts'
import {
  accessBelow,
  REPOSITORY_PREFIX,
  RepositoryParams,
  type FindDeleted,
} from '../../../http/repository-routes.ts'
import { failures, type ZodApp } from '../../../http/zod-app.ts'
import { AppError } from '../../../kernel/errors.ts'
import type { Oid } from '../../../kernel/ids.ts'
import type { Repository } from '../../../kernel/repository.ts'
import type { KeptAnswers } from '../kept-answers.ts'
import { fileAt, type ContentParts, type FileAt } from './content-at.ts'
import { etagOfFile, FileParam } from './file-address.ts'
import { isBinary } from './is-binary.ts'

/** Beyond this a file is for `raw` only. */
const MAX_BYTES = 10 * 1024 * 1024

export const BlobJson = z
  .object({
    content: z.string(),
    encoding: z
      .enum(['utf-8', 'base64'])
      .meta({ description: '`utf-8` only where it stands for every byte' }),
    size: z.number().meta({ description: 'bytes' }),
    isBinary: z.boolean(),
    sha: z.string(),
  })
  .meta({
    example: {
      content: 'hello\n',
      encoding: 'utf-8',
      size: 6,
      isBinary: false,
      sha: 'ce013625030ba8dba906f756967f9e9ca394464a',
    },
  })

export interface BlobParts extends ContentParts {
  readonly objects: Pick<StoredObjects, 'commit' | 'tree' | 'info' | 'blob'>
  readonly answers: KeptAnswers
  readonly findDeleted: FindDeleted
}

export function blobRoute(app: ZodApp, parts: BlobParts): void {
  app.get(
    `${REPOSITORY_PREFIX}/blob/*`,
    {
      config: { access: accessBelow('read', parts.findDeleted) },
      schema: {
        summary: 'Read a file as JSON',
        tags: ['files'],
        params: RepositoryParams.extend({ '*': FileParam }),
        response: { 200: BlobJson, 304: z.null(), ...failures(400, 401, 404, 410, 422, 429) },
      },
    },
    async (request, reply) => {
      const { repo } = request.found
      const file = await fileAt(parts, repo, request.params['*'])
      if (isFresh(request, reply, etagOfFile(file))) return reply.code(304).send(null)
      const { oid } = file.entry
      const { body } = await parts.answers.get(`${repo.id} blob ${oid}`, async () => {
        const content = await read(parts.objects, repo, file, request.url)
        return { body: JSON.stringify(toBlobJson(content, oid)), truncated: false, keep: true }
      })
      return sendJson(reply, body)
    },
  )
}

/** @throws AppError `UNPROCESSABLE` with `details.rawUrl`; `NOT_FOUND` */
async function read(
  objects: BlobParts['objects'],
  repo: Repository,
  { ref, path, entry }: FileAt,
  url: string,
): Promise<Buffer> {
  const info = await objects.info(repo, entry.oid)
  if (info !== null && info.size > MAX_BYTES) {
    const reason = `the file is larger than ${MAX_BYTES} bytes; read it from rawUrl`
    const rawUrl = (url.split('?', 1)[0] ?? '').replace('/blob/', '/raw/')
    throw new AppError('UNPROCESSABLE', { details: { reason, size: info.size, rawUrl } })
  }
  const content = await objects.blob(repo, entry.oid, { maxBytes: MAX_BYTES })
  if (content === null) throw new AppError('NOT_FOUND', { details: { reason: 'no such file', ref, path } })
  return content
}

function toBlobJson(content: Buffer, sha: Oid): z.output<typeof BlobJson> {
  const binary = isBinary(content)
  const encoding = binary || !isUtf8(content) ? 'base64' : 'utf-8'
  return { content: content.toString(encoding), encoding, size: content.length, isBinary: binary, sha }
}
