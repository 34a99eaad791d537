/** Webhooks in the REST API, below repositories and below organisations. */
import type { FastifyInstance } from 'fastify'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import { collectionRoutes, type CollectionParts } from './collection-routes.ts'
import { deliveryRoutes, type DeliveryRoutesParts } from './delivery-routes.ts'
import { hookScopes, type HookScopeParts } from './hook-scope.ts'
import { oneHookRoutes, type OneHookParts } from './one-hook-routes.ts'
import { replaceSecretRoute, type ReplaceSecretParts } from './replace-secret-route.ts'
import { sendRoutes, type SendRoutesParts } from './send-routes.ts'

export type WebhookRoutesParts = HookScopeParts &
  CollectionParts &
  OneHookParts &
  ReplaceSecretParts &
  DeliveryRoutesParts &
  SendRoutesParts

export async function webhookRoutes(bare: FastifyInstance, parts: WebhookRoutesParts): Promise<void> {
  const app = bare.withTypeProvider<ZodTypeProvider>()
  for (const scope of hookScopes(parts)) {
    collectionRoutes(app, scope, parts)
    oneHookRoutes(app, scope, parts)
    replaceSecretRoute(app, scope, parts)
    deliveryRoutes(app, scope, parts)
    sendRoutes(app, scope, parts)
  }
}
