/** What the server says of itself: discovery, health, metrics. */
import type { FastifyInstance } from 'fastify'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import { discoveryRoutes, type DiscoveryParts } from './discovery.ts'
import { healthRoutes, type HealthParts } from './health.ts'
import { metricsRoute, type Metric } from './metrics.ts'

export interface AdminRoutesParts extends DiscoveryParts, HealthParts {
  readonly metrics: readonly Metric[]
}

export async function adminRoutes(bare: FastifyInstance, parts: AdminRoutesParts): Promise<void> {
  const app = bare.withTypeProvider<ZodTypeProvider>()
  discoveryRoutes(app, parts)
  healthRoutes(app, parts)
  metricsRoute(app, parts.metrics)
}
