/** `GET …/approvals` and `GET …/approvals/{id}`: what pushes were refused for, for whoever may push. */
import { z } from 'zod'
import { linkNext, pageQuery } from '../../http/pagination.ts'
import {
  accessBelow,
  REPOSITORY_PREFIX,
  RepositoryParams,
  type FindDeleted,
} from '../../http/repository-routes.ts'
import type { RepositoryAccess } from '../../http/route-config.ts'
import { failures, type ZodApp } from '../../http/zod-app.ts'
import type { RepoId } from '../../kernel/ids.ts'
import type { Clock } from '../../kernel/ports.ts'
import type { Page, PageRequest } from '../../store/page.ts'
import type { Approval } from '../../store/scans/approval.ts'
import type { Approvals } from '../../store/scans/approvals.ts'
import { ApprovalJson, approvalJson, ApprovalParams, noSuchApproval } from './approval-json.ts'

export interface ReadApprovalsParts {
  readonly approvals: Pick<Approvals, 'find'>
  readonly list: (
    filter: { readonly repoId: RepoId; readonly state?: Approval['state'] | undefined },
    page: PageRequest,
  ) => Promise<Page<Approval>>
  readonly clock: Clock
  readonly findDeleted: FindDeleted
}

export function readApprovalRoutes(app: ZodApp, parts: ReadApprovalsParts): void {
  const { approvals, list, clock } = parts
  const access = { ...accessBelow('write', parts.findDeleted), withoutRefs: true } as RepositoryAccess
  app.get(
    `${REPOSITORY_PREFIX}/approvals`,
    {
      config: { access, rate: 'read' },
      schema: {
        summary: 'List findings for which approval was asked or given, newest first',
        tags: ['scan'],
        params: RepositoryParams,
        querystring: z.object({
          state: z
            .enum(['requested', 'approved', 'denied'])
            .optional()
            .meta({ description: 'as it was decided, expired or not' }),
          ...pageQuery({ default: 50, max: 200 }),
        }),
        response: { 200: z.array(ApprovalJson), ...failures(400, 401, 403, 404, 410, 429) },
      },
    },
    async (request, reply) => {
      const { state, ...page } = request.query
      const { items, nextCursor } = await list({ repoId: request.found.repo.id, state }, page)
      linkNext(request, reply, nextCursor)
      return items.map((approval) => approvalJson(approval, clock.now()))
    },
  )
  app.get(
    `${REPOSITORY_PREFIX}/approvals/:id`,
    {
      config: { access, rate: 'read' },
      schema: {
        summary: 'Read one approval',
        tags: ['scan'],
        params: ApprovalParams,
        response: { 200: ApprovalJson, ...failures(400, 401, 403, 404, 410, 429) },
      },
    },
    async ({ found, params }) => {
      const approval = await approvals.find(found.repo.id, params.id)
      if (!approval) throw noSuchApproval()
      return approvalJson(approval, clock.now())
    },
  )
}
