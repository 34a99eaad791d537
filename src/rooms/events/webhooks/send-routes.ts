/** `POST …/hooks/{id}/ping` and `POST …/hooks/{id}/deliveries/{deliveryId}/redeliver`. */
import { actorOf } from '../../../http/actor.ts'
import { failures, type ZodApp } from '../../../http/zod-app.ts'
import { AppError } from '../../../kernel/errors.ts'
import type { Hook } from '../../../store/hooks/hook.ts'
import { deliveryJson, DeliveryJson } from './delivery-json.ts'
import type { DeliveryRoutesParts } from './delivery-routes.ts'
import { deliveryParams, hookParams, type HookScope } from './hook-scope.ts'
import { noSuchDelivery, noSuchHook } from './not-found.ts'
import { ping, redeliver, type SendByHandParts } from './send-by-hand.ts'

export interface SendRoutesParts
  extends SendByHandParts, Pick<DeliveryRoutesParts, 'hooks' | 'findDelivery'> {
  readonly events: SendByHandParts['events'] & DeliveryRoutesParts['events']
  /** It is tried even if the receiver was away a moment ago. */
  readonly forgetOutage: (hookId: string) => void
}

export function sendRoutes(app: ZodApp, scope: HookScope, parts: SendRoutesParts): void {
  pingRoute(app, scope, parts)
  redeliverRoute(app, scope, parts)
}

function pingRoute(app: ZodApp, scope: HookScope, parts: SendRoutesParts): void {
  app.post(
    `${scope.prefix}/:id/ping`,
    {
      config: { access: scope.access, idempotent: true },
      preHandler: async (request) => void (await scope.ownerOf(request)),
      schema: {
        summary: `Send a webhook of ${scope.of} an event that says nothing else`,
        tags: ['webhooks'],
        params: hookParams(scope),
        response: { 202: DeliveryJson, ...failures(400, 401, 403, 404, 409, 410, 429) },
      },
    },
    async (request, reply) => {
      const owner = await scope.ownerOf(request)
      const hook = activeOne(await parts.hooks.find(owner, request.params.id))
      parts.forgetOutage(hook.id)
      return reply.code(202).send(deliveryJson(await ping(parts, hook, actorOf(request))))
    },
  )
}

function redeliverRoute(app: ZodApp, scope: HookScope, parts: SendRoutesParts): void {
  app.post(
    `${scope.prefix}/:id/deliveries/:deliveryId/redeliver`,
    {
      config: { access: scope.access, idempotent: true },
      preHandler: async (request) => void (await scope.ownerOf(request)),
      schema: {
        summary: `Send a webhook of ${scope.of} an event once more, under the same webhook-id`,
        tags: ['webhooks'],
        params: deliveryParams(scope),
        response: { 202: DeliveryJson, ...failures(400, 401, 403, 404, 409, 410, 429) },
      },
    },
    async (request, reply) => {
      const { id: hookId, deliveryId } = request.params
      const hook = activeOne(await parts.hooks.find(await scope.ownerOf(request), hookId))
      const before = await parts.findDelivery(hookId, deliveryId)
      const event = before && (await parts.events.byId(before.eventId))
      if (!event) throw noSuchDelivery()
      parts.forgetOutage(hookId)
      const made = await redeliver(parts, hook, before, event, actorOf(request))
      return reply.code(202).send(deliveryJson(made))
    },
  )
}

function activeOne(hook: Hook | null): Hook {
  if (!hook) throw noSuchHook()
  if (hook.active) return hook
  throw new AppError('CONFLICT', { details: { reason: 'the webhook is switched off; switch it on first' } })
}
