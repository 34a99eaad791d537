/** `GET`, `PATCH` and `DELETE …/hooks/{id}`. */
import { z } from 'zod'
import { actorOf } from '../../../http/actor.ts'
import type { OutboundGuard } from '../../../http/outbound/outbound-guard.ts'
import { failures, type ZodApp } from '../../../http/zod-app.ts'
import type { Hooks } from '../../../store/hooks/hooks.ts'
import { checkUrl } from './check-url.ts'
import { HookChange, hookJson, HookJson } from './hook-json.ts'
import { hookParams, type HookScope } from './hook-scope.ts'
import { noSuchHook } from './not-found.ts'

export interface OneHookParts {
  readonly hooks: Pick<Hooks, 'find' | 'update' | 'remove'>
  readonly guard: Pick<OutboundGuard, 'check'>
  /** What waits for the hook is sent now: its address may be right again. */
  readonly deliverNow: (hookId: string) => Promise<void>
}

export function oneHookRoutes(app: ZodApp, scope: HookScope, parts: OneHookParts): void {
  readRoute(app, scope, parts)
  updateRoute(app, scope, parts)
  removeRoute(app, scope, parts)
}

function readRoute(app: ZodApp, scope: HookScope, { hooks }: OneHookParts): void {
  app.get(
    `${scope.prefix}/:id`,
    {
      config: { access: scope.access },
      schema: {
        summary: `Read a webhook of ${scope.of}`,
        tags: ['webhooks'],
        params: hookParams(scope),
        response: { 200: HookJson, ...failures(400, 401, 403, 404, 410, 429) },
      },
    },
    async (request) => {
      const hook = await hooks.find(await scope.ownerOf(request), request.params.id)
      if (!hook) throw noSuchHook()
      return hookJson(hook)
    },
  )
}

function updateRoute(app: ZodApp, scope: HookScope, { hooks, guard, deliverNow }: OneHookParts): void {
  app.patch(
    `${scope.prefix}/:id`,
    {
      config: { access: scope.access },
      schema: {
        summary: `Change a webhook of ${scope.of}; what waits for it is tried at once`,
        tags: ['webhooks'],
        params: hookParams(scope),
        body: HookChange,
        response: { 200: HookJson, ...failures(400, 401, 403, 404, 410, 422, 429) },
      },
    },
    async (request) => {
      const { id: hookId } = request.params
      const { url, eventTypes, branches, paths, active } = request.body
      const owner = await scope.ownerOf(request)
      if (!(await hooks.find(owner, hookId))) throw noSuchHook()
      if (url !== undefined) await checkUrl(guard, url)
      const change = {
        ...(url !== undefined && { url }),
        ...(eventTypes && { eventTypes }),
        ...(branches && { branches }),
        ...(paths && { paths }),
        ...(active !== undefined && { active }),
      }
      const hook = await hooks.update(owner, hookId, change, actorOf(request))
      if (!hook) throw noSuchHook()
      await deliverNow(hookId)
      return hookJson(hook)
    },
  )
}

function removeRoute(app: ZodApp, scope: HookScope, { hooks }: OneHookParts): void {
  app.delete(
    `${scope.prefix}/:id`,
    {
      config: { access: scope.access },
      schema: {
        summary: `Remove a webhook of ${scope.of}, and all that was and is to be delivered to it`,
        tags: ['webhooks'],
        params: hookParams(scope),
        response: { 204: z.null(), ...failures(400, 401, 403, 404, 410, 429) },
      },
    },
    async (request, reply) => {
      const owner = await scope.ownerOf(request)
      if (!(await hooks.remove(owner, request.params.id, actorOf(request)))) throw noSuchHook()
      return reply.code(204).send(null)
    },
  )
}
