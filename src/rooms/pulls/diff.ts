/** `GET …/pulls/{id}/diff`: what the source has changed since it parted from the target (three dots). */
import type { FastifyRequest } from 'fastify'
import { z } from 'zod'
import { changesSince, mergeBaseOf } from '../../git/history/compare.ts'
import type { Diffs } from '../../git/history/diffs.ts'
import { isFresh, weakEtag } from '../../http/conditional.ts'
import { FileDiffJson, fileDiffJson } from '../../http/git-json.ts'
import { readerOf } from '../../http/reader.ts'
import { accessBelow, type FindDeleted } from '../../http/repository-routes.ts'
import { sendStream } from '../../http/streamed-answer.ts'
import { failures, type ZodApp } from '../../http/zod-app.ts'
import { PULL, PullParams } from './fields.ts'
import { findPull, type FindPullParts } from './find-pull.ts'
import type { RunGit } from './is-contained.ts'

const Query = z.object({
  patch: z.enum(['true', 'false']).default('true').meta({ description: '`false` leaves the patches out' }),
})

const AS_TEXT = /\btext\/x-(?:diff|patch)\b/i

export interface DiffParts extends FindPullParts {
  readonly git: RunGit
  readonly diffs: Pick<Diffs, 'files' | 'stream'>
  readonly findDeleted: FindDeleted
}

export function diffRoute(app: ZodApp, parts: DiffParts): void {
  app.get(
    `${PULL}/diff`,
    {
      config: { access: accessBelow('read', parts.findDeleted) },
      schema: {
        summary: 'Show what a pull request changes; `Accept: text/x-diff` for the patch itself, whole',
        tags: ['pull requests'],
        params: PullParams,
        querystring: Query,
        response: {
          200: z.array(FileDiffJson),
          304: z.null(),
          ...failures(400, 401, 404, 410, 422, 429, 503),
        },
      },
    },
    async (request, reply) => {
      const pull = await findPull(parts, request.found.repo, request.params.id)
      const asText = wantsText(request)
      const version = [pull.targetSha, pull.sourceSha, asText ? 'text' : request.query.patch].join('-')
      reply.header('vary', 'accept')
      if (isFresh(request, reply, weakEtag(version))) return reply.code(304).send(null)
      const reader = readerOf(request, reply)
      const base = await mergeBaseOf(parts.git, reader, pull.targetSha, pull.sourceSha)
      const range = changesSince(reader, base, pull.sourceSha)
      if (asText) {
        reply.type('text/x-diff; charset=utf-8')
        return sendStream(reply, (into) => parts.diffs.stream(reader, into, range))
      }
      const files = await parts.diffs.files(reader, range, { patch: request.query.patch === 'true' })
      return reply.send(files.map(fileDiffJson))
    },
  )
}

function wantsText({ headers }: FastifyRequest): boolean {
  return AS_TEXT.test(headers.accept ?? '')
}
