/** `PATCH /repos/{org}/{repo}/pulls/{id}`: title, description and target. */
import { z } from 'zod'
import { actorOf } from '../../http/actor.ts'
import { readerOf } from '../../http/reader.ts'
import { accessBelow, type FindDeleted } from '../../http/repository-routes.ts'
import { failures, type ZodApp } from '../../http/zod-app.ts'
import { AppError } from '../../kernel/errors.ts'
import type { PullRequests } from '../../store/pulls.ts'
import { acceptAliases } from './aliases.ts'
import { inTurn, type ChangeParts } from './change.ts'
import { BranchName, Description, PULL, PullParams, Title } from './fields.ts'
import { mergeableTips, type TipsParts } from './mergeable-tips.ts'
import { PullJson, toJson } from './pull-json.ts'

const Body = z
  .object({
    title: Title.optional(),
    description: Description.nullish().meta({ description: '`null` clears it' }),
    targetBranch: BranchName.optional().meta({ description: 'only while it is open' }),
  })
  .meta({ example: { title: 'Burn longer', targetBranch: 'release/2' } })

export interface UpdatePullParts extends ChangeParts, TipsParts {
  readonly pulls: Pick<PullRequests, 'find' | 'update'>
  readonly findDeleted: FindDeleted
}

export function updateRoute(app: ZodApp, parts: UpdatePullParts): void {
  app.patch(
    PULL,
    {
      config: { access: accessBelow('read', parts.findDeleted) },
      preValidation: acceptAliases({ target_branch: 'targetBranch' }),
      schema: {
        summary: 'Change a pull request',
        tags: ['pull requests'],
        params: PullParams,
        body: Body,
        response: { 200: PullJson, ...failures(400, 401, 403, 404, 409, 410, 422, 429) },
      },
    },
    (request, reply) =>
      inTurn(parts, request, request.params.id, async (pull) => {
        const { targetBranch, ...patch } = request.body
        const moves = targetBranch !== undefined && targetBranch !== pull.targetBranch
        if (moves && targetBranch === pull.sourceBranch) throw isSource()
        const tips = moves
          ? await mergeableTips(parts, readerOf(request, reply), { ...pull, targetBranch })
          : null
        const target = moves && tips ? { branch: targetBranch, sha: tips.targetSha } : undefined
        return toJson(await parts.pulls.update(pull, { ...patch, target }, actorOf(request)))
      }),
  )
}

function isSource(): AppError {
  const fault = { path: 'targetBranch', message: 'is the source branch' }
  return new AppError('VALIDATION_ERROR', { details: [fault] })
}
