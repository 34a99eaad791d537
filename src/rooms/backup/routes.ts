/** `POST /admin/backups`: a backup now. Where it goes, and how many are kept, is in the settings. */
import type { FastifyInstance } from 'fastify'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import { actorOf } from '../../http/actor.ts'
import { JobJson, jobJson } from '../../http/job-json.ts'
import { failures } from '../../http/zod-app.ts'
import { AppError } from '../../kernel/errors.ts'
import type { Actor } from '../../store/log/events.ts'
import type { Jobs } from '../../store/jobs/jobs.ts'

export interface BackupRoutesParts {
  /** Queues one, and gives the id of its job; `null`: the server makes none. */
  readonly request: ((by: Actor) => Promise<string>) | null
  readonly jobs: Pick<Jobs, 'byId'>
}

export async function backupRoutes(
  bare: FastifyInstance,
  { request: queue, jobs }: BackupRoutesParts,
): Promise<void> {
  const app = bare.withTypeProvider<ZodTypeProvider>()
  app.post(
    '/admin/backups',
    {
      config: { access: { kind: 'server-admin' } },
      schema: {
        summary: 'Make a backup now; 422 when SLUICE_BACKUP_DIR is not set',
        tags: ['admin'],
        response: { 202: JobJson, ...failures(401, 403, 422, 429) },
      },
    },
    async (request, reply) => {
      if (queue === null)
        throw new AppError('UNPROCESSABLE', {
          details: { reason: 'set SLUICE_BACKUP_DIR to where backups go' },
        })
      const job = await jobs.byId(await queue(actorOf(request)))
      if (!job) throw new AppError('NOT_FOUND') // done and done again since
      return reply.code(202).send(jobJson(job))
    },
  )
}
