/** `GET /repos/{org}/{repo}/commits`: the history of a revision, latest first, in the order of `git log`. */
import { z } from 'zod'
import type { CommitLog, LogFilter } from '../../../git/history/commit-log.ts'
import type { LastCommits } from '../../../git/last-commits/last-commits.ts'
import { pathNames } from '../../../git/objects/tree-path.ts'
import type { Revisions } from '../../../git/revisions.ts'
import { isFresh, revisionEtag } from '../../../http/conditional.ts'
import { CommitJson, commitListWriter } from '../../../http/git-json.ts'
import { sendJson } from '../../../http/own-json.ts'
import { linkNext, pageQuery } from '../../../http/pagination.ts'
import { readerOf } from '../../../http/reader.ts'
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
import { Moment, RepositoryPath, Revision, SearchText } from './fields.ts'
import { parseLogCursor, writeLogCursor } from './log-cursor.ts'

const Query = z.object({
  ...pageQuery({ default: 30, max: 100 }),
  ref: Revision.optional().meta({ description: 'the default branch if absent' }),
  path: RepositoryPath.optional(),
  since: Moment.optional().meta({ description: 'committed then or later' }),
  until: Moment.optional().meta({ description: 'committed then or earlier' }),
  author: SearchText.optional().meta({ description: 'part of `Name <email>`, in any case' }),
})

export interface ListCommitsParts {
  readonly revisions: Pick<Revisions, 'commit'>
  readonly log: Pick<CommitLog, 'page'>
  readonly lastCommits: Pick<LastCommits, 'knownAt'>
  readonly answers: KeptAnswers
  readonly findDeleted: FindDeleted
}

export function listCommitsRoute(app: ZodApp, parts: ListCommitsParts): void {
  const { revisions, log, answers, findDeleted } = parts
  const write = commitListWriter()
  app.get(
    `${REPOSITORY_PREFIX}/commits`,
    {
      config: { access: accessBelow('read', findDeleted) },
      schema: {
        summary: 'List commits',
        tags: ['commits'],
        params: RepositoryParams,
        querystring: Query,
        response: { 200: z.array(CommitJson), 304: z.null(), ...failures(400, 401, 404, 410, 429, 503) },
      },
    },
    async (request, reply) => {
      const { limit, path, since, until, author } = request.query
      const start = await startOf(revisions, request.found.repo, request.query)
      if (start === null) return reply.send([])
      if (isFresh(request, reply, start.etag)) return reply.code(304).send(null)

      const { tip, offset } = start
      const filter = { path, since, until, author }
      const from = await firstListed(parts.lastCommits, request.found.repo, tip, filter)
      const asked = question(request.found.repo, { from, offset }, request.query)
      const { body, truncated } = await answers.get(asked, async () => {
        const page = { skip: offset, count: limit + 1 } // one more tells whether there is a next page
        const commits = await log.page(readerOf(request, reply), from, page, filter)
        const body = write(commits.slice(0, limit))
        return { body, truncated: commits.length > limit, keep: isRepeated(filter) }
      })
      linkNext(request, reply, truncated ? writeLogCursor({ tip, offset: offset + limit }) : null)
      return sendJson(reply, body)
    },
  )
}

/** What is filtered by more than a path is seldom asked for twice. */
function isRepeated({ since, until, author }: LogFilter): boolean {
  return since === undefined && until === undefined && author === undefined
}

/**
 * The history of a path begins with the commit that touched it last: from there it is the same list, which stands
 * while pushes touch other paths. `tip` where that commit is not known.
 */
async function firstListed(
  lastCommits: ListCommitsParts['lastCommits'],
  repo: Repository,
  tip: Oid,
  filter: LogFilter,
): Promise<Oid> {
  const names = filter.path === undefined || !isRepeated(filter) ? [] : pathNames(filter.path)
  return (names.length > 0 && (await lastCommits.knownAt(repo, tip, names))) || tip
}

function question(
  repo: Repository,
  { from, offset }: { readonly from: Oid; readonly offset: number },
  { limit, path, since, until, author }: z.output<typeof Query>,
): string {
  return JSON.stringify([repo.id, 'commits', from, offset, limit, path, since, until, author])
}

interface Start {
  readonly tip: Oid
  readonly offset: number
  readonly etag: string
}

/** @returns `null` for a default branch that has no commit yet */
async function startOf(
  revisions: ListCommitsParts['revisions'],
  repo: Repository,
  query: z.output<typeof Query>,
): Promise<Start | null> {
  const { ref = repo.defaultBranch, cursor } = query
  if (cursor !== undefined) {
    const { tip, offset } = parseLogCursor(cursor)
    await revisions.commit(repo, tip)
    return { tip, offset, etag: revisionEtag(tip, tip) }
  }
  try {
    const tip = await revisions.commit(repo, ref)
    return { tip, offset: query.offset ?? 0, etag: revisionEtag(ref, tip) }
  } catch (err) {
    const isUnborn = err instanceof AppError && err.code === 'NOT_FOUND' && ref === repo.defaultBranch
    if (isUnborn) return null
    throw err
  }
}
