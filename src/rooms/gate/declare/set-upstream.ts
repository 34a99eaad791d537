/** `PUT …/upstream`: the repository is a gate before this upstream from now on. */
import type { FastifyRequest } from 'fastify'
import { z } from 'zod'
import { actorOf } from '../../../http/actor.ts'
import {
  accessBelow,
  REPOSITORY_PREFIX,
  RepositoryParams,
  type FindDeleted,
} from '../../../http/repository-routes.ts'
import { failures, type ZodApp } from '../../../http/zod-app.ts'
import { declarationSchema } from '../../../kernel/upstream/declaration.ts'
import { examineUpstream, type ExamineUpstreamParts } from './examine-upstream.ts'
import { PlanJson } from './plan-upstream.ts'
import { putUpstream, type PutUpstreamParts } from './put-upstream.ts'
import { UpstreamJson, upstreamJson } from './upstream-json.ts'

export interface SetUpstreamParts extends ExamineUpstreamParts, PutUpstreamParts {
  readonly upstreams: ExamineUpstreamParts['upstreams'] & PutUpstreamParts['upstreams']
  readonly scans: ExamineUpstreamParts['scans'] & PutUpstreamParts['scans']
  readonly seal: ExamineUpstreamParts['seal'] & PutUpstreamParts['seal']
  readonly findDeleted: FindDeleted
}

const EXAMPLE = {
  url: 'https://forge.example/acme/widgets.git',
  key: { provider: 'token', token: 'a-token-of-the-forge' },
  refresh: { maxAgeMs: 2000, staleIfError: true },
}

export function setUpstreamRoute(app: ZodApp, parts: SetUpstreamParts): void {
  app.put(
    `${REPOSITORY_PREFIX}/upstream`,
    {
      config: { access: accessBelow('admin', parts.findDeleted) },
      schema: {
        summary: 'Set the upstream of a repository, which makes it a gate, or tell what that would change',
        tags: ['gate'],
        params: RepositoryParams,
        querystring: z.object({
          dryRun: z.stringbool().default(false).meta({ description: 'changes nothing; answers a plan' }),
        }),
        body: declarationSchema().meta({ example: EXAMPLE }),
        response: {
          200: z.union([UpstreamJson, PlanJson]),
          201: UpstreamJson,
          ...failures(400, 401, 403, 404, 409, 410, 422, 429, 503),
        },
      },
    },
    async (request, reply) => {
      const { repo } = request.found
      const { known, plan, planned } = await examineUpstream(parts, repo, request.body, request.principal)
      if (request.query.dryRun) return plan
      if (known !== null && plan.result === 'same') return upstreamJson(known)
      const upstream = await putUpstream(parts, { repo, known, planned, by: actorOf(request) })
      if (known === null) reply.code(201).header('location', `${app.prefix}${placeOf(request)}`)
      return upstreamJson(upstream)
    },
  )
}

function placeOf({ found: { repo } }: FastifyRequest): string {
  return `/repos/${repo.orgSlug}/${repo.slug}/upstream`
}
