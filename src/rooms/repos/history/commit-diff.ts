/** `GET /repos/{org}/{repo}/commits/{sha}/diff`: what a commit changed, as JSON or as a patch. */
import { z } from 'zod'
import type { Diffs } from '../../../git/history/diffs.ts'
import type { StoredObjects } from '../../../git/objects/stored-objects.ts'
import type { Revisions } from '../../../git/revisions.ts'
import { isFresh, revisionEtag } from '../../../http/conditional.ts'
import { FileDiffJson, fileDiffJson } from '../../../http/git-json.ts'
import { patchTypeOf, varyByAccept } from '../../../http/patch-type.ts'
import { readerOf } from '../../../http/reader.ts'
import { accessBelow, REPOSITORY_PREFIX, type FindDeleted } from '../../../http/repository-routes.ts'
import { sendStream } from '../../../http/streamed-answer.ts'
import { failures, type ZodApp } from '../../../http/zod-app.ts'
import { changesOf, CommitParams, readCommit } from './commit-params.ts'
import { WithPatch } from './fields.ts'

const Query = z.object({
  parent: z
    .string()
    .regex(/^[1-9]\d{0,3}$/, 'must be a whole number from 1')
    .transform(Number)
    .optional()
    .meta({ description: 'of a merge: the parent to compare with; the first if absent' }),
  patch: WithPatch,
})

export interface CommitDiffParts {
  readonly revisions: Pick<Revisions, 'commit'>
  readonly objects: Pick<StoredObjects, 'commit'>
  readonly diffs: Pick<Diffs, 'files' | 'stream'>
  readonly findDeleted: FindDeleted
}

export function commitDiffRoute(app: ZodApp, parts: CommitDiffParts): void {
  app.get(
    `${REPOSITORY_PREFIX}/commits/:sha/diff`,
    {
      config: { access: accessBelow('read', parts.findDeleted) },
      schema: {
        summary: 'What a commit changed',
        description: '`Accept: text/x-diff` or `text/x-patch` gets the patch as git prints it, whole.',
        tags: ['commits'],
        params: CommitParams,
        querystring: Query,
        response: {
          200: z.array(FileDiffJson),
          304: z.null(),
          ...failures(400, 401, 404, 410, 422, 429, 503),
        },
      },
    },
    async (request, reply) => {
      const { repo } = request.found
      const { sha } = request.params
      const { parent, patch } = request.query
      const type = patchTypeOf(request.headers.accept)
      const oid = await parts.revisions.commit(repo, sha)
      varyByAccept(reply)
      if (isFresh(request, reply, revisionEtag(sha, oid, type === null ? 'json' : 'patch'))) {
        return reply.code(304).send(null)
      }
      const range = changesOf(repo, await readCommit(parts.objects, repo, oid), parent)
      const reader = readerOf(request, reply)
      if (type === null)
        return reply.send((await parts.diffs.files(reader, range, { patch })).map(fileDiffJson))
      reply.type(`${type}; charset=utf-8`).header('x-content-type-options', 'nosniff')
      return sendStream(reply, (into) => parts.diffs.stream(reader, into, range))
    },
  )
}
