/** The gate in the REST API. */
import type { FastifyInstance } from 'fastify'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import { readUpstreamRoute, type ReadUpstreamParts } from './declare/read-upstream.ts'
import { removeUpstreamRoute, type RemoveUpstreamParts } from './declare/remove-upstream.ts'

export type GateRoutesParts = ReadUpstreamParts & RemoveUpstreamParts

export async function gateRoutes(bare: FastifyInstance, parts: GateRoutesParts): Promise<void> {
  const app = bare.withTypeProvider<ZodTypeProvider>()
  readUpstreamRoute(app, parts)
  removeUpstreamRoute(app, parts)
}
