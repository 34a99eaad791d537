/** The gate in the REST API. */
import type { FastifyInstance } from 'fastify'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import { readUpstreamRoute, type ReadUpstreamParts } from './declare/read-upstream.ts'
import { removeUpstreamRoute, type RemoveUpstreamParts } from './declare/remove-upstream.ts'
import { setUpstreamRoute, type SetUpstreamParts } from './declare/set-upstream.ts'
import { readGitConfigRoute, type ReadGitConfigParts } from './gitconfig/read-git-config.ts'
import { keyRoutes, type KeyRoutesParts } from './keys/key-routes.ts'
import { refreshRoute, type RefreshRouteParts } from './refresh/refresh-route.ts'
import { readStatusRoute, type ReadStatusParts } from './status/read-status.ts'

export type GateRoutesParts = ReadUpstreamParts &
  SetUpstreamParts &
  RemoveUpstreamParts &
  ReadStatusParts &
  RefreshRouteParts &
  ReadGitConfigParts &
  KeyRoutesParts

export async function gateRoutes(bare: FastifyInstance, parts: GateRoutesParts): Promise<void> {
  const app = bare.withTypeProvider<ZodTypeProvider>()
  readUpstreamRoute(app, parts)
  setUpstreamRoute(app, parts)
  removeUpstreamRoute(app, parts)
  readStatusRoute(app, parts)
  refreshRoute(app, parts)
  readGitConfigRoute(app, parts)
  keyRoutes(app, parts)
}
