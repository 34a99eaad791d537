/** `POST …/pulls/{id}/close` and `…/reopen`. */
import { actorOf } from '../../http/actor.ts'
import { readerOf } from '../../http/reader.ts'
import { accessBelow, type FindDeleted } from '../../http/repository-routes.ts'
import { failures, type ZodApp } from '../../http/zod-app.ts'
import { AppError } from '../../kernel/errors.ts'
import type { PullRequests } from '../../store/pulls.ts'
import { inTurn, type ChangeParts } from './change.ts'
import { PULL, PullParams } from './fields.ts'
import { mergeableTips, type TipsParts } from './mergeable-tips.ts'
import { PullJson, toJson } from './pull-json.ts'

export interface ClosePullParts extends ChangeParts, TipsParts {
  readonly pulls: Pick<PullRequests, 'find' | 'close' | 'reopen'>
  readonly findDeleted: FindDeleted
}

export function closeRoute(app: ZodApp, parts: ClosePullParts): void {
  app.post(
    `${PULL}/close`,
    {
      config: { access: accessBelow('read', parts.findDeleted, 'without refs'), idempotent: true },
      schema: {
        summary: 'Close a pull request without merging it',
        tags: ['pull requests'],
        params: PullParams,
        response: { 200: PullJson, ...failures(400, 401, 403, 404, 409, 410, 429) },
      },
    },
    (request) =>
      inTurn(parts, request, request.params.id, async (pull) =>
        toJson(await parts.pulls.close(pull, actorOf(request))),
      ),
  )
}

export function reopenRoute(app: ZodApp, parts: ClosePullParts): void {
  app.post(
    `${PULL}/reopen`,
    {
      config: { access: accessBelow('read', parts.findDeleted), idempotent: true },
      schema: {
        summary: 'Open a closed pull request again, at what its branches are now',
        tags: ['pull requests'],
        params: PullParams,
        response: { 200: PullJson, ...failures(400, 401, 403, 404, 409, 410, 422, 429) },
      },
    },
    (request, reply) =>
      inTurn(parts, request, request.params.id, async (pull) => {
        if (pull.status !== 'closed') {
          throw new AppError('CONFLICT', { details: { reason: 'not closed', status: pull.status } })
        }
        const tips = await mergeableTips(parts, readerOf(request, reply), pull)
        return toJson(await parts.pulls.reopen(pull, tips, actorOf(request)))
      }),
  )
}
