/** `POST /admin/repos/{id}/maintenance`: looks after a repository now, whether it needs it or not. */
import type { FastifyInstance } from 'fastify'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { JobJson, jobJson } from '../../http/job-json.ts'
import { failures } from '../../http/zod-app.ts'
import { AppError } from '../../kernel/errors.ts'
import { parseRepoId } from '../../kernel/ids.ts'
import type { Database } from '../../store/database.ts'
import type { Jobs } from '../../store/jobs/jobs.ts'
import type { Repositories } from '../../store/repositories.ts'
import { scheduleNow } from './schedule.ts'

export interface MaintenanceRoutesParts {
  readonly database: Database
  readonly repositories: Pick<Repositories, 'byId'>
  readonly jobs: Pick<Jobs, 'enqueue' | 'byId'>
}

export async function maintenanceRoutes(bare: FastifyInstance, parts: MaintenanceRoutesParts): Promise<void> {
  const { database, repositories, jobs } = parts
  bare.withTypeProvider<ZodTypeProvider>().post(
    '/admin/repos/:id/maintenance',
    {
      config: { access: { kind: 'server-admin' } },
      schema: {
        summary: 'Look after a repository as soon as possible: pack its refs and objects',
        tags: ['admin'],
        params: z.object({ id: z.uuid().toLowerCase() }),
        response: { 202: JobJson, ...failures(400, 401, 403, 404, 429) },
      },
    },
    async (request, reply) => {
      const repo = await repositories.byId(parseRepoId(request.params.id))
      if (repo?.state !== 'active') throw new AppError('REPO_NOT_FOUND')
      const id = await database.transaction((trx) => scheduleNow({ jobs }, trx, repo.id))
      const job = await jobs.byId(id)
      if (!job) throw new AppError('NOT_FOUND') // done and done again since
      return reply.status(202).send(jobJson(job))
    },
  )
}
