/** `GET /admin/jobs`, `…/failed`, `…/{id}` and `POST /admin/jobs/{id}/retry`: work that is done later. */
import { z } from 'zod'
import { actorOf } from '../../http/actor.ts'
import { JobJson, jobJson, JobStatus } from '../../http/job-json.ts'
import { linkNext, pageQuery } from '../../http/pagination.ts'
import { failures, type ZodApp } from '../../http/zod-app.ts'
import { AppError } from '../../kernel/errors.ts'
import type { Jobs } from '../../store/jobs/jobs.ts'

export interface AdminJobsParts {
  readonly jobs: Pick<Jobs, 'byId' | 'list' | 'retry'>
}

const FailedQuery = z.object({
  ...pageQuery({ default: 50, max: 100 }),
  jobType: z
    .string()
    .regex(/^[\w.-]{1,128}$/, 'must be the type of a job')
    .optional(),
  repoId: z.uuid().toLowerCase().optional(),
})
const Query = FailedQuery.extend({ status: JobStatus.optional() })
const Params = z.object({ id: z.uuid().toLowerCase() })

export function adminJobRoutes(app: ZodApp, { jobs }: AdminJobsParts): void {
  app.get(
    '/admin/jobs',
    {
      config: { access: { kind: 'server-admin' } },
      schema: {
        summary: 'List jobs, newest first',
        tags: ['admin'],
        querystring: Query,
        response: { 200: z.array(JobJson), ...failures(400, 401, 403, 429) },
      },
    },
    async (request, reply) => {
      const { status, jobType, repoId, ...wanted } = request.query
      const page = await jobs.list({ status, type: jobType, repoId }, wanted)
      linkNext(request, reply, page.nextCursor)
      return page.items.map(jobJson)
    },
  )
  app.get(
    '/admin/jobs/failed',
    {
      config: { access: { kind: 'server-admin' } },
      schema: {
        summary: 'List jobs that have failed and are not tried again by themselves, newest first',
        tags: ['admin'],
        querystring: FailedQuery,
        response: { 200: z.array(JobJson), ...failures(400, 401, 403, 429) },
      },
    },
    async (request, reply) => {
      const { jobType, repoId, ...wanted } = request.query
      const page = await jobs.list({ status: 'failed', type: jobType, repoId }, wanted)
      linkNext(request, reply, page.nextCursor)
      return page.items.map(jobJson)
    },
  )
  app.get(
    '/admin/jobs/:id',
    {
      config: { access: { kind: 'server-admin' } },
      schema: {
        summary:
          'Read a job; one that failed while a newer one about the same was queued is joined with that',
        tags: ['admin'],
        params: Params,
        response: { 200: JobJson, ...failures(400, 401, 403, 404, 429) },
      },
    },
    async (request) => {
      const job = await jobs.byId(request.params.id)
      if (!job) throw new AppError('NOT_FOUND', { details: { reason: 'no such job' } })
      return jobJson(job)
    },
  )
  app.post(
    '/admin/jobs/:id/retry',
    {
      config: { access: { kind: 'server-admin' } },
      schema: {
        summary: 'Try a failed job again from the beginning; 409 when it has not failed',
        tags: ['admin'],
        params: Params,
        response: { 200: JobJson, ...failures(400, 401, 403, 404, 409, 429) },
      },
    },
    async (request) => jobJson(await jobs.retry(request.params.id, actorOf(request))),
  )
}
