/** `GET /health` for people, `/health/live` and `/health/ready` for orchestrators. Asks nobody who calls. */
import { z } from 'zod'
import type { ZodApp } from '../../http/zod-app.ts'
import type { CheckHealth } from './probes.ts'

const HealthJson = z
  .object({
    status: z.enum(['ok', 'degraded', 'down']),
    components: z.record(z.string(), z.enum(['ok', 'down'])),
  })
  .meta({
    id: 'Health',
    example: { status: 'ok', components: { database: 'ok', storage: 'ok', jobs: 'ok' } },
  })

const Readiness = z
  .object({ status: z.enum(['ready', 'starting', 'draining', 'no-database']) })
  .meta({ example: { status: 'ready' } })

export interface HealthParts {
  readonly check: CheckHealth
  readonly phase: () => 'starting' | 'serving' | 'draining'
}

const OPEN = { access: { kind: 'open' } } as const

export function healthRoutes(app: ZodApp, { check, phase }: HealthParts): void {
  app.get(
    '/health',
    {
      config: OPEN,
      schema: {
        summary: 'Probe every component',
        tags: ['server'],
        response: { 200: HealthJson, 503: HealthJson },
      },
    },
    async (_request, reply) => {
      const health = await check()
      return reply
        .code(health.status === 'down' ? 503 : 200)
        .header('cache-control', 'no-store')
        .send(health)
    },
  )
  app.get(
    '/health/live',
    {
      config: OPEN,
      schema: {
        summary: 'Is the process alive?',
        tags: ['server'],
        response: { 200: z.object({ status: z.literal('live') }).meta({ example: { status: 'live' } }) },
      },
    },
    () => ({ status: 'live' as const }),
  )
  app.get(
    '/health/ready',
    {
      config: OPEN,
      schema: {
        summary: 'May it be sent requests?',
        tags: ['server'],
        response: { 200: Readiness, 503: Readiness },
      },
    },
    async (_request, reply) => {
      const status = await readiness(check, phase())
      return reply
        .code(status === 'ready' ? 200 : 503)
        .header('cache-control', 'no-store')
        .send({ status })
    },
  )
}

async function readiness(
  check: CheckHealth,
  phase: ReturnType<HealthParts['phase']>,
): Promise<z.output<typeof Readiness>['status']> {
  if (phase !== 'serving') return phase
  const { status } = await check(['database'])
  return status === 'down' ? 'no-database' : 'ready'
}
