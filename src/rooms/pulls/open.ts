/** `POST /repos/{org}/{repo}/pulls`. */
import { z } from 'zod'
import { actorOf } from '../../http/actor.ts'
import { readerOf } from '../../http/reader.ts'
import { accessBelow, RepositoryParams, type FindDeleted } from '../../http/repository-routes.ts'
import { failures, type ZodApp } from '../../http/zod-app.ts'
import type { Door } from '../../kernel/door.ts'
import type { PullRequests } from '../../store/pulls.ts'
import { acceptAliases } from './aliases.ts'
import { BranchName, Description, PULLS, Title } from './fields.ts'
import type { LogFollower } from '../../store/log/log-follower.ts'
import type { RunGit } from './is-contained.ts'
import { checkNotArchived } from './may-change.ts'
import { mergeableTips } from './mergeable-tips.ts'
import { PullJson, toJson } from './pull-json.ts'

const Body = z
  .object({
    sourceBranch: BranchName,
    targetBranch: BranchName,
    title: Title,
    description: Description.nullish(),
  })
  .refine(({ sourceBranch, targetBranch }) => sourceBranch !== targetBranch, {
    path: ['targetBranch'],
    error: 'is the source branch',
  })
  .meta({ example: { sourceBranch: 'feature/longer-burn', targetBranch: 'main', title: 'Burn longer' } })

export interface OpenPullParts {
  readonly pulls: Pick<PullRequests, 'open'>
  readonly follower: Pick<LogFollower, 'caughtUp'>
  readonly door: Pick<Door, 'store'>
  readonly git: RunGit
  readonly findDeleted: FindDeleted
}

export function openRoute(app: ZodApp, parts: OpenPullParts): void {
  const { pulls, follower } = parts
  app.post(
    PULLS,
    {
      config: { access: accessBelow('write', parts.findDeleted), idempotent: true },
      preValidation: acceptAliases({ source_branch: 'sourceBranch', target_branch: 'targetBranch' }),
      schema: {
        summary: 'Open a pull request',
        tags: ['pull requests'],
        params: RepositoryParams,
        body: Body,
        response: { 201: PullJson, ...failures(400, 401, 403, 404, 409, 410, 422, 429) },
      },
    },
    async (request, reply) => {
      const { repo } = request.found
      const { description = null, ...asked } = request.body
      checkNotArchived(repo)
      await follower.caughtUp(repo.id)
      const tips = await mergeableTips(parts, readerOf(request, reply), asked)
      const pull = await pulls.open({ ...asked, ...tips, description, repoId: repo.id }, actorOf(request))
      await follower.caughtUp(repo.id) // its commits are kept, and a push that came between is seen
      const address = `${app.prefix}/repos/${repo.orgSlug}/${repo.slug}/pulls/${pull.number}`
      reply.code(201).header('location', address)
      return toJson(pull)
    },
  )
}
