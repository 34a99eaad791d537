/** `GET /repos/{org}/{repo}/search`: lines that hold a text, in the files of one commit. */
import { z } from 'zod'
import { grep } from '../../../git/history/grep.ts'
import type { GitReader } from '../../../git/git-reader.ts'
import type { Revisions } from '../../../git/revisions.ts'
import { isFresh, revisionEtag } from '../../../http/conditional.ts'
import { pageQuery } from '../../../http/pagination.ts'
import { readerOf } from '../../../http/reader.ts'
import {
  accessBelow,
  REPOSITORY_PREFIX,
  RepositoryParams,
  type FindDeleted,
} from '../../../http/repository-routes.ts'
import { failures, type ZodApp } from '../../../http/zod-app.ts'
import { RepositoryPath, Revision, SearchText } from './fields.ts'

const Query = z.object({
  q: SearchText.meta({ description: 'text as it stands, no pattern; upper and lower case differ' }),
  ref: Revision.optional().meta({ description: 'the default branch if absent' }),
  path: RepositoryPath.optional(),
  limit: pageQuery({ default: 100, max: 1000 }).limit,
})

const MatchJson = z
  .object({
    path: z.string(),
    line: z.number().meta({ description: 'the first is 1' }),
    column: z.number().meta({ description: 'bytes before the match, and one' }),
    text: z.string().meta({ description: 'the line, cut after 500 characters' }),
  })
  .meta({ id: 'Match', example: { path: 'src/mill.ts', line: 12, column: 7, text: 'const turns = 0' } })

export interface SearchParts {
  readonly git: Pick<GitReader, 'start'>
  readonly revisions: Pick<Revisions, 'commit'>
  readonly findDeleted: FindDeleted
}

export function searchRoute(app: ZodApp, { git, revisions, findDeleted }: SearchParts): void {
  app.get(
    `${REPOSITORY_PREFIX}/search`,
    {
      config: { access: accessBelow('read', findDeleted) },
      schema: {
        summary: 'Search the files of a commit',
        description: 'Where there may be more, `X-Truncated` says why: `limit`, `time` (5 s) or `memory`.',
        tags: ['files'],
        params: RepositoryParams,
        querystring: Query,
        response: { 200: z.array(MatchJson), 304: z.null(), ...failures(400, 401, 404, 410, 429, 503) },
      },
    },
    async (request, reply) => {
      const { repo } = request.found
      const { q, ref = repo.defaultBranch, path, limit } = request.query
      const commit = await revisions.commit(repo, ref)
      if (isFresh(request, reply, revisionEtag(ref, commit))) return reply.code(304).send(null)
      const question = { commit, text: q, path, limit }
      const { matches, truncated } = await grep(git, readerOf(request, reply), question)
      if (truncated !== null) reply.header('x-truncated', truncated)
      if (truncated === 'time' || truncated === 'memory') {
        reply.removeHeader('etag').header('cache-control', 'no-store') // the next attempt may find more
      }
      return reply.send([...matches])
    },
  )
}
