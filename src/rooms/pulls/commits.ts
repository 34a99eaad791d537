/** `GET …/pulls/{id}/commits`: commits of the source that the target has not, newest first. */
import { z } from 'zod'
import type { CommitLog } from '../../git/history/commit-log.ts'
import { isFresh } from '../../http/conditional.ts'
import { CommitJson, commitJson } from '../../http/git-json.ts'
import { linkNext, pageQuery } from '../../http/pagination.ts'
import { readerOf } from '../../http/reader.ts'
import { accessBelow, type FindDeleted } from '../../http/repository-routes.ts'
import { failures, type ZodApp } from '../../http/zod-app.ts'
import { AppError } from '../../kernel/errors.ts'
import type { Oid } from '../../kernel/ids.ts'
import { PULL, PullParams } from './fields.ts'
import { findPull, type FindPullParts } from './find-pull.ts'
import { etagOf } from './pull-json.ts'

const Query = z.object(pageQuery({ default: 30, max: 100 }))

export interface CommitsParts extends FindPullParts {
  readonly log: Pick<CommitLog, 'between'>
  readonly findDeleted: FindDeleted
}

/** Names its tips, so that a page does not shift when somebody pushes. */
interface Place {
  readonly target: Oid
  readonly source: Oid
  readonly skip: number
}

export function commitsRoute(app: ZodApp, parts: CommitsParts): void {
  app.get(
    `${PULL}/commits`,
    {
      config: { access: accessBelow('read', parts.findDeleted) },
      schema: {
        summary: 'List the commits of a pull request',
        tags: ['pull requests'],
        params: PullParams,
        querystring: Query,
        response: { 200: z.array(CommitJson), 304: z.null(), ...failures(400, 401, 404, 410, 429, 503) },
      },
    },
    async (request, reply) => {
      const { limit, offset = 0, cursor } = request.query
      const pull = await findPull(parts, request.found.repo, request.params.id)
      const start = { target: pull.targetSha, source: pull.sourceSha, skip: offset }
      const place = cursor === undefined ? start : parsePlace(cursor)
      if (isFresh(request, reply, etagOf([place, limit]))) return reply.code(304).send(null)
      const { target, source, skip } = place
      const reader = readerOf(request, reply)
      const found = await parts.log.between(reader, target, source, { skip, count: limit + 1 })
      const more = found.length > limit
      linkNext(request, reply, more ? writePlace({ ...place, skip: skip + limit }) : null)
      return reply.send(found.slice(0, limit).map(commitJson))
    },
  )
}

const PLACE = /^([0-9a-f]{40,64}) ([0-9a-f]{40,64}) (\d{1,9})$/

function writePlace({ target, source, skip }: Place): string {
  return Buffer.from(`${target} ${source} ${skip}`).toString('base64url')
}

/** @throws AppError `VALIDATION_ERROR` */
function parsePlace(cursor: string): Place {
  const [, target, source, skip] = PLACE.exec(Buffer.from(cursor, 'base64url').toString()) ?? []
  if (target === undefined || source === undefined || skip === undefined) {
    const fault = { path: 'cursor', message: 'not a cursor of this list' }
    throw new AppError('VALIDATION_ERROR', { details: [fault] })
  }
  return { target: target as Oid, source: source as Oid, skip: Number(skip) }
}
