/** `GET /repos/{org}/{repo}/commits/{sha}`. */
import { z } from 'zod'
import type { Diffs } from '../../../git/history/diffs.ts'
import type { StoredObjects } from '../../../git/objects/stored-objects.ts'
import type { Revisions } from '../../../git/revisions.ts'
import { isFresh, revisionEtag } from '../../../http/conditional.ts'
import { commitJson, CommitWithStatsJson } from '../../../http/git-json.ts'
import { readerOf } from '../../../http/reader.ts'
import { accessBelow, REPOSITORY_PREFIX, type FindDeleted } from '../../../http/repository-routes.ts'
import { failures, type ZodApp } from '../../../http/zod-app.ts'
import { changesOf, CommitParams, readCommit } from './commit-params.ts'

export interface ReadCommitParts {
  readonly revisions: Pick<Revisions, 'commit'>
  readonly objects: Pick<StoredObjects, 'commit'>
  readonly diffs: Pick<Diffs, 'stats'>
  readonly findDeleted: FindDeleted
}

export function readCommitRoute(app: ZodApp, parts: ReadCommitParts): void {
  app.get(
    `${REPOSITORY_PREFIX}/commits/:sha`,
    {
      config: { access: accessBelow('read', parts.findDeleted) },
      schema: {
        summary: 'Read a commit',
        tags: ['commits'],
        params: CommitParams,
        response: { 200: CommitWithStatsJson, 304: z.null(), ...failures(400, 401, 404, 410, 429, 503) },
      },
    },
    async (request, reply) => {
      const { repo } = request.found
      const oid = await parts.revisions.commit(repo, request.params.sha)
      if (isFresh(request, reply, revisionEtag(request.params.sha, oid))) return reply.code(304).send(null)
      const commit = await readCommit(parts.objects, repo, oid)
      const stats = await parts.diffs.stats(readerOf(request, reply), changesOf(repo, commit))
      return reply.send({ ...commitJson(commit), stats })
    },
  )
}
