/** `GET …/hooks/{id}/deliveries` and `GET …/hooks/{id}/deliveries/{deliveryId}`. */
import { z } from 'zod'
import { linkNext, pageQuery } from '../../../http/pagination.ts'
import { failures, type ZodApp } from '../../../http/zod-app.ts'
import type { RepoId } from '../../../kernel/ids.ts'
import type { Delivery } from '../../../store/deliveries/delivery.ts'
import type { Hook } from '../../../store/hooks/hook.ts'
import type { NamedRepository } from '../../../store/hooks/hook-target.ts'
import type { Hooks } from '../../../store/hooks/hooks.ts'
import type { EventLog } from '../../../store/log/events.ts'
import type { Page, PageRequest } from '../../../store/page.ts'
import { DELIVERY_STATUSES, deliveryJson, DeliveryJson, DeliveryWithPayloadJson } from './delivery-json.ts'
import { deliveryParams, hookParams, type HookScope } from './hook-scope.ts'
import { noSuchDelivery, noSuchHook } from './not-found.ts'
import { payloadOf } from './payload.ts'

type Status = (typeof DELIVERY_STATUSES)[number]

export interface DeliveryRoutesParts {
  readonly hooks: Pick<Hooks, 'find'>
  readonly events: Pick<EventLog, 'byId'>
  readonly listDeliveries: (
    filter: { readonly receiver: string; readonly status?: Status | undefined },
    page: PageRequest,
  ) => Promise<Page<Delivery>>
  readonly findDelivery: (receiver: string, id: string) => Promise<Delivery | null>
  readonly namedRepository: (id: RepoId, hook: Hook) => Promise<NamedRepository | null>
}

const Query = z.object({
  ...pageQuery({ default: 50, max: 100 }),
  status: z.enum(DELIVERY_STATUSES).optional(),
})

export function deliveryRoutes(app: ZodApp, scope: HookScope, parts: DeliveryRoutesParts): void {
  listRoute(app, scope, parts)
  readRoute(app, scope, parts)
}

function listRoute(app: ZodApp, scope: HookScope, { hooks, listDeliveries }: DeliveryRoutesParts): void {
  app.get(
    `${scope.prefix}/:id/deliveries`,
    {
      config: { access: scope.access },
      schema: {
        summary: `List what was delivered, or is to be, to a webhook of ${scope.of}, newest first`,
        tags: ['webhooks'],
        params: hookParams(scope),
        querystring: Query,
        response: { 200: z.array(DeliveryJson), ...failures(400, 401, 403, 404, 410, 429) },
      },
    },
    async (request, reply) => {
      const hook = await hooks.find(await scope.ownerOf(request), request.params.id)
      if (!hook) throw noSuchHook()
      const { status, ...wanted } = request.query
      const page = await listDeliveries({ receiver: hook.id, status }, wanted)
      linkNext(request, reply, page.nextCursor)
      return page.items.map(deliveryJson)
    },
  )
}

function readRoute(app: ZodApp, scope: HookScope, parts: DeliveryRoutesParts): void {
  app.get(
    `${scope.prefix}/:id/deliveries/:deliveryId`,
    {
      config: { access: scope.access },
      schema: {
        summary: `Read a delivery to a webhook of ${scope.of}, with its payload`,
        tags: ['webhooks'],
        params: deliveryParams(scope),
        response: { 200: DeliveryWithPayloadJson, ...failures(400, 401, 403, 404, 410, 429) },
      },
    },
    async (request) => {
      const { id: hookId, deliveryId } = request.params
      const hook = await parts.hooks.find(await scope.ownerOf(request), hookId)
      if (!hook) throw noSuchHook()
      const delivery = await parts.findDelivery(hookId, deliveryId)
      const event = delivery && (await parts.events.byId(delivery.eventId))
      if (!event) throw noSuchDelivery()
      const repository = event.repoId === null ? null : await parts.namedRepository(event.repoId, hook)
      return { ...deliveryJson(delivery), payload: payloadOf(hook, event, repository) }
    },
  )
}
