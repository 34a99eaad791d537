/** `GET /admin/jobs`, `GET /admin/jobs/failed`, `POST /admin/jobs/{id}/retry`: work that is done later. */
import { z } from 'zod'
import { actorOf } from '../../http/actor.ts'
import { JobJson, jobJson, JobStatus } from '../../http/job-json.ts'
import { linkNext, pageQuery } from '../../http/pagination.ts'
import { failures, type ZodApp } from '../../http/zod-app.ts'
import type { Jobs } from '../../store/jobs/jobs.ts'

export interface AdminJobsParts {
  readonly jobs: Pick<Jobs, 'list' | 'retry'>
}

const FailedQuery = z.object({
  ...pageQuery({ default: 50, max: 100 }),
  jobType: z
    .string()
    .regex(/^[\w.-]{1,128}$/, 'must be the type of a job')
    .optional(),
})
const Query = FailedQuery.extend({ status: JobStatus.optional() })

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
      const { status, jobType, ...wanted } = request.query
      const page = await jobs.list({ status, type: jobType }, wanted)
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
      const { jobType, ...wanted } = request.query
      const page = await jobs.list({ status: 'failed', type: jobType }, wanted)
      linkNext(request, reply, page.nextCursor)
      return page.items.map(jobJson)
    },
  )
  app.post(
    '/admin/jobs/:id/retry',
    {
      config: { access: { kind: 'server-admin' } },
      schema: {
        summary: 'Try a failed job again from the beginning; 409 when it has not failed',
        tags: ['admin'],
        params: z.object({ id: z.uuid().toLowerCase() }),
        response: { 200: JobJson, ...failures(400, 401, 403, 404, 409, 429) },
      },
    },
    async (request) => jobJson(await jobs.retry(request.params.id, actorOf(request))),
  )
}
