/** `GET /repos/{org}/{repo}/blame/{ref}/{*path}`: which commit each line of a file came with. */
import { z } from 'zod'
import { blame, MAX_BLAME_LINES } from '../../../git/history/blame.ts'
import type { BlameHunk } from '../../../git/history/blame-porcelain.ts'
import type { GitReader } from '../../../git/git-reader.ts'
import type { StoredObjects } from '../../../git/objects/stored-objects.ts'
import type { Revisions } from '../../../git/revisions.ts'
import { isFresh, revisionEtag } from '../../../http/conditional.ts'
import { isoTime } from '../../../http/git-json.ts'
import { readerOf } from '../../../http/reader.ts'
import {
  accessBelow,
  REPOSITORY_PREFIX,
  RepositoryParams,
  type FindDeleted,
} from '../../../http/repository-routes.ts'
import { failures, type ZodApp } from '../../../http/zod-app.ts'
import { LineNumber } from './fields.ts'

const Params = RepositoryParams.extend({
  '*': z.string().meta({ description: '`{ref}/{path}`', example: 'main/src/mill.ts' }),
})

const Query = z
  .object({ startLine: LineNumber.optional(), endLine: LineNumber.optional() })
  .refine(({ startLine = 1, endLine = Infinity }) => startLine <= endLine, {
    path: ['endLine'],
    error: 'is before startLine',
  })

const BlameHunkJson = z
  .object({
    startLine: z.number().meta({ description: 'the first line of a file is 1' }),
    lineCount: z.number(),
    sha: z.string(),
    originalStartLine: z.number().meta({ description: 'in the file as that commit left it' }),
    originalPath: z.string(),
    authorName: z.string(),
    authorEmail: z.string(),
    timestamp: z.iso.datetime().meta({ description: 'when the author wrote it' }),
    summary: z.string().meta({ description: 'first line of the message' }),
  })
  .meta({
    id: 'BlameHunk',
    example: {
      startLine: 1,
      lineCount: 12,
      sha: '9fceb02d0ae598e95dc970b74767f19372d61af8',
      originalStartLine: 1,
      originalPath: 'mill.ts',
      authorName: 'Ada Lovelace',
      authorEmail: 'ada@example.org',
      timestamp: '2026-01-31T12:00:00.000Z',
      summary: 'Count the turns of the mill',
    },
  })

export interface BlameRouteParts {
  readonly git: Pick<GitReader, 'run'>
  readonly objects: Pick<StoredObjects, 'commit' | 'tree' | 'info' | 'blob'>
  readonly revisions: Pick<Revisions, 'withPath'>
  readonly findDeleted: FindDeleted
}

export function blameRoute(app: ZodApp, parts: BlameRouteParts): void {
  app.get(
    `${REPOSITORY_PREFIX}/blame/*`,
    {
      config: { access: accessBelow('read', parts.findDeleted) },
      schema: {
        summary: 'Which commit each line of a file came with',
        description: `Files of up to 4 MiB, and ${MAX_BLAME_LINES} lines at once.`,
        tags: ['files'],
        params: Params,
        querystring: Query,
        response: {
          200: z.array(BlameHunkJson),
          304: z.null(),
          ...failures(400, 401, 404, 410, 422, 429, 503),
        },
      },
    },
    async (request, reply) => {
      const { repo } = request.found
      const { oid, ref, path } = await parts.revisions.withPath(repo, request.params['*'])
      if (isFresh(request, reply, revisionEtag(ref, oid))) return reply.code(304).send(null)
      const hunks = await blame(parts, readerOf(request, reply), { commit: oid, path, ...request.query })
      return reply.send(hunks.map(hunkJson))
    },
  )
}

function hunkJson({ seconds, ...hunk }: BlameHunk): z.output<typeof BlameHunkJson> {
  return { ...hunk, timestamp: isoTime(seconds) }
}
