/** `GET /admin/jobs`, `GET /admin/jobs/failed`, `POST /admin/jobs/{id}/retry`: work that is done later. */
import { z } from 'zod'
import { actorOf } from '../../http/actor.ts'
import { linkNext, pageQuery } from '../../http/pagination.ts'
import { failures, type ZodApp } from '../../http/zod-app.ts'
import type { Job, Jobs } from '../../store/jobs/jobs.ts'

export interface AdminJobsParts {
  readonly jobs: Pick<Jobs, 'list' | 'retry'>
}

const Status = z.enum(['queued', 'running', 'failed', 'done'])
const Time = z.iso.datetime()

const FailedQuery = z.object({
  ...pageQuery({ default: 50, max: 100 }),
  jobType: z
    .string()
    .regex(/^[\w.-]{1,128}$/, 'must be the type of a job')
    .optional(),
})
const Query = FailedQuery.extend({ status: Status.optional() })

const JobJson = z
  .object({
    id: z.uuid(),
    jobType: z.string(),
    repoId: z.string().nullable(),
    status: Status,
    attempts: z.number(),
    payload: z.unknown(),
    lastError: z.string().nullable(),
    runAt: Time,
    createdAt: Time,
    updatedAt: Time,
  })
  .meta({
    id: 'Job',
    example: {
      id: '0199c0de-0000-7000-8000-0000000000b1',
      jobType: 'repository.maintenance',
      repoId: '0199c0de-0000-7000-8000-000000000001',
      status: 'failed',
      attempts: 5,
      payload: {},
      lastError: 'git failed',
      runAt: '2026-01-01T00:00:00.000Z',
      createdAt: '2026-01-01T00:00:00.000Z',
      updatedAt: '2026-01-01T00:10:00.000Z',
    },
  })

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

function jobJson({ type, ...job }: Job): z.output<typeof JobJson> {
  return {
    ...job,
    jobType: type,
    runAt: new Date(job.runAt).toISOString(),
    createdAt: new Date(job.createdAt).toISOString(),
    updatedAt: new Date(job.updatedAt).toISOString(),
  }
}
