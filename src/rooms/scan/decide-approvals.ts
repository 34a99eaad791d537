/** `POST …/approvals`, `PATCH` and `DELETE …/approvals/{id}`: owners decide, with a reason and for a time. */
import { z } from 'zod'
import { actorOf } from '../../http/actor.ts'
import {
  accessBelow,
  REPOSITORY_PREFIX,
  RepositoryParams,
  type FindDeleted,
} from '../../http/repository-routes.ts'
import { failures, type ZodApp } from '../../http/zod-app.ts'
import type { Clock } from '../../kernel/ports.ts'
import type { Approvals } from '../../store/scans/approvals.ts'
import {
  ApprovalJson,
  approvalJson,
  ApprovalParams,
  decisionFrom,
  DecisionBody,
  GrantBody,
  noSuchApproval,
} from './approval-json.ts'

export interface DecideApprovalsParts {
  readonly approvals: Pick<Approvals, 'grant' | 'decide' | 'remove'>
  readonly clock: Clock
  readonly findDeleted: FindDeleted
}

export function decideApprovalRoutes(app: ZodApp, parts: DecideApprovalsParts): void {
  const { approvals, clock } = parts
  const config = { access: accessBelow('admin', parts.findDeleted) }
  const tags = ['scan']
  app.post(
    `${REPOSITORY_PREFIX}/approvals`,
    {
      config,
      schema: {
        summary: 'Decide about a fingerprint, whether or not it was ever pushed',
        tags,
        params: RepositoryParams,
        body: GrantBody,
        response: {
          200: ApprovalJson,
          201: ApprovalJson,
          ...failures(400, 401, 403, 404, 410, 422, 429),
        },
      },
    },
    async (request, reply) => {
      const { repo } = request.found
      const { fingerprint, ...decided } = request.body
      const decision = decisionFrom(decided, clock.now())
      const { result, approval } = await approvals.grant(repo.id, fingerprint, decision, actorOf(request))
      const place = `${app.prefix}/repos/${repo.orgSlug}/${repo.slug}/approvals/${approval.id}`
      if (result === 'added') reply.code(201).header('location', place)
      return approvalJson(approval, clock.now())
    },
  )
  app.patch(
    `${REPOSITORY_PREFIX}/approvals/:id`,
    {
      config,
      schema: {
        summary: 'Approve or deny a finding, or decide otherwise',
        tags,
        params: ApprovalParams,
        body: DecisionBody,
        response: { 200: ApprovalJson, ...failures(400, 401, 403, 404, 410, 422, 429) },
      },
    },
    async (request) => {
      const decision = decisionFrom(request.body, clock.now())
      const { found, params } = request
      const approval = await approvals.decide(found.repo.id, params.id, decision, actorOf(request))
      if (!approval) throw noSuchApproval()
      return approvalJson(approval, clock.now())
    },
  )
  app.delete(
    `${REPOSITORY_PREFIX}/approvals/:id`,
    {
      config,
      schema: {
        summary: 'Forget what was decided: it is asked for anew when it is pushed again',
        tags,
        params: ApprovalParams,
        response: { 204: z.null(), ...failures(400, 401, 403, 404, 410, 429) },
      },
    },
    async (request, reply) => {
      const { found, params } = request
      if (!(await approvals.remove(found.repo.id, params.id, actorOf(request)))) throw noSuchApproval()
      return reply.code(204).send(null)
    },
  )
}
