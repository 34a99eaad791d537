/** `GET /repos/{org}/{repo}/archive/{ref}.(tar.gz|zip|tar)`: all files of a commit, streamed. */
import { z } from 'zod'
import { archive, ARCHIVE_FORMATS, type ArchiveFormat } from '../../../git/history/archive.ts'
import type { GitReader } from '../../../git/git-reader.ts'
import type { Revisions } from '../../../git/revisions.ts'
import { isFresh, revisionEtag } from '../../../http/conditional.ts'
import { readerOf } from '../../../http/reader.ts'
import {
  accessBelow,
  REPOSITORY_PREFIX,
  RepositoryParams,
  type FindDeleted,
} from '../../../http/repository-routes.ts'
import { sendStream } from '../../../http/streamed-answer.ts'
import { bytesOf, failures, type ZodApp } from '../../../http/zod-app.ts'

const Params = RepositoryParams.extend({
  '*': z
    .string()
    .regex(/^.+\.(?:tar\.gz|zip|tar)$/s, 'must end in .tar.gz, .zip or .tar')
    .meta({
      description: 'a revision, which may hold slashes and dots, and the format',
      example: 'v1.0.tar.gz',
    }),
})

const TYPES: Readonly<Record<ArchiveFormat, string>> = {
  'tar.gz': 'application/gzip',
  zip: 'application/zip',
  tar: 'application/x-tar',
}
const SHORT_SHA_CHARS = 12

export interface ArchiveParts {
  readonly git: Pick<GitReader, 'startInto'>
  readonly revisions: Pick<Revisions, 'commit'>
  readonly findDeleted: FindDeleted
}

export function archiveRoute(app: ZodApp, { git, revisions, findDeleted }: ArchiveParts): void {
  app.get(
    `${REPOSITORY_PREFIX}/archive/*`,
    {
      config: { access: accessBelow('read', findDeleted) },
      schema: {
        summary: 'Download all files of a commit',
        tags: ['files'],
        params: Params,
        response: {
          200: bytesOf(...Object.values(TYPES)),
          304: z.null(),
          ...failures(400, 401, 404, 410, 422, 429, 503),
        },
      },
    },
    async (request, reply) => {
      const { repo } = request.found
      const { ref, format } = parseName(request.params['*'])
      const commit = await revisions.commit(repo, ref)
      if (isFresh(request, reply, revisionEtag(ref, commit, format))) return reply.code(304).send(null)
      const prefix = `${repo.slug}-${commit.slice(0, SHORT_SHA_CHARS)}`
      reply
        .type(TYPES[format])
        .header('content-disposition', `attachment; filename="${prefix}.${format}"`)
        .header('x-content-type-options', 'nosniff')
      const reader = readerOf(request, reply)
      return sendStream(reply, (into) => archive(git, reader, into, { commit, format, prefix }))
    },
  )
}

/** `v1.0.tar.gz` is `v1.0` as `tar.gz`, not `v1.0.tar` as something else. */
function parseName(name: string): { ref: string; format: ArchiveFormat } {
  const format = ARCHIVE_FORMATS.find((known) => name.endsWith(`.${known}`))
  if (format === undefined) throw new Error('the schema lets no other name pass')
  return { ref: name.slice(0, -format.length - 1), format }
}
