/** `GET /repos/{org}/{repo}/compare/{base}...{head}`: what head has that base has not. */
import { z } from 'zod'
import type { CommitLog } from '../../../git/history/commit-log.ts'
import { changesSince, compare } from '../../../git/history/compare.ts'
import type { Diffs } from '../../../git/history/diffs.ts'
import type { GitReader } from '../../../git/git-reader.ts'
import type { Revisions } from '../../../git/revisions.ts'
import { isFresh, weakEtag } from '../../../http/conditional.ts'
import {
  commitExample,
  CommitJson,
  commitJson,
  fileDiffExample,
  FileDiffJson,
  fileDiffJson,
} from '../../../http/git-json.ts'
import { pageQuery } from '../../../http/pagination.ts'
import { readerOf, type RequestReader } from '../../../http/reader.ts'
import {
  accessBelow,
  REPOSITORY_PREFIX,
  RepositoryParams,
  type FindDeleted,
} from '../../../http/repository-routes.ts'
import { failures, type ZodApp } from '../../../http/zod-app.ts'
import type { Oid } from '../../../kernel/ids.ts'
import { WithPatch } from './fields.ts'

const Params = RepositoryParams.extend({
  '*': z
    .string()
    .regex(/^.+\.\.\..+$/s, 'must be {base}...{head}')
    .meta({ description: '`{base}...{head}`, revisions that may hold slashes', example: 'main...feature/x' }),
})

const Query = z.object({ limit: pageQuery({ default: 250, max: 250 }).limit, patch: WithPatch })

const ComparisonJson = z
  .object({
    mergeBase: z.string().nullable().meta({
      description:
        '`null` for histories without a common commit; `files` are then all files of head, as added',
    }),
    ahead: z.number().meta({ description: 'commits of head that base has not' }),
    behind: z.number().meta({ description: 'commits of base that head has not' }),
    commits: z.array(CommitJson).meta({ description: 'those of head, latest first' }),
    truncated: z.boolean().meta({ description: 'there are more commits than `limit`' }),
    files: z.array(FileDiffJson).meta({ description: 'what head changed since the merge base' }),
  })
  .meta({
    id: 'Comparison',
    example: {
      mergeBase: '1f7a7a472abf3dd9643fd615f6da379c4acb3e3a',
      ahead: 1,
      behind: 0,
      commits: [commitExample],
      truncated: false,
      files: [fileDiffExample],
    },
  })

export interface CompareParts {
  readonly git: Pick<GitReader, 'run'>
  readonly revisions: Pick<Revisions, 'commit'>
  readonly log: Pick<CommitLog, 'between'>
  readonly diffs: Pick<Diffs, 'files'>
  readonly findDeleted: FindDeleted
}

export function compareRoute(app: ZodApp, parts: CompareParts): void {
  app.get(
    `${REPOSITORY_PREFIX}/compare/*`,
    {
      config: { access: accessBelow('read', parts.findDeleted) },
      schema: {
        summary: 'Compare two revisions, as `git diff base...head` does',
        tags: ['commits'],
        params: Params,
        querystring: Query,
        response: {
          200: ComparisonJson,
          304: z.null(),
          ...failures(400, 401, 404, 410, 422, 429, 503),
        },
      },
    },
    async (request, reply) => {
      const { repo } = request.found
      const named = namesOf(request.params['*'])
      const [base, head] = await Promise.all([
        parts.revisions.commit(repo, named[0]),
        parts.revisions.commit(repo, named[1]),
      ])
      if (isFresh(request, reply, etagOf(named, base, head))) return reply.code(304).send(null)
      return reply.send(await comparison(parts, readerOf(request, reply), base, head, request.query))
    },
  )
}

/** No ref name holds two dots, so the first three part the two. */
function namesOf(text: string): readonly [base: string, head: string] {
  const at = text.indexOf('...')
  return [text.slice(0, at), text.slice(at + 3)]
}

function etagOf([base, head]: readonly [string, string], baseOid: Oid, headOid: Oid): string {
  const isFixed = base.toLowerCase() === baseOid && head.toLowerCase() === headOid
  return isFixed ? `"${baseOid}-${headOid}"` : weakEtag(`${baseOid}-${headOid}`)
}

async function comparison(
  { git, log, diffs }: CompareParts,
  reader: RequestReader,
  base: Oid,
  head: Oid,
  { limit, patch }: z.output<typeof Query>,
): Promise<z.output<typeof ComparisonJson>> {
  const [counted, commits] = await Promise.all([
    compare(git, reader, base, head),
    log.between(reader, base, head, { skip: 0, count: limit }),
  ])
  const files = await diffs.files(reader, changesSince(reader, counted.mergeBase, head), { patch })
  return {
    ...counted,
    commits: commits.map(commitJson),
    truncated: counted.ahead > commits.length,
    files: files.map(fileDiffJson),
  }
}
