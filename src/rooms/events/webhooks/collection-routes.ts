/** `GET` and `POST …/hooks`. A POST takes no `Idempotency-Key`: its answer holds a secret, and is kept nowhere. */
import { z } from 'zod'
import { actorOf } from '../../../http/actor.ts'
import type { OutboundGuard } from '../../../http/outbound/outbound-guard.ts'
import { failures, type ZodApp } from '../../../http/zod-app.ts'
import type { Hooks } from '../../../store/hooks/hooks.ts'
import { checkUrl } from './check-url.ts'
import { FreshHookJson, hookJson, HookJson, NewHook } from './hook-json.ts'
import type { HookScope } from './hook-scope.ts'
import { newSecret } from './signature.ts'

export interface CollectionParts {
  readonly hooks: Pick<Hooks, 'list' | 'create'>
  readonly guard: Pick<OutboundGuard, 'check'>
}

export function collectionRoutes(app: ZodApp, scope: HookScope, { hooks, guard }: CollectionParts): void {
  app.get(
    scope.prefix,
    {
      config: { access: scope.access },
      schema: {
        summary: `List the webhooks of ${scope.of}, oldest first; there are at most 20`,
        tags: ['webhooks'],
        params: scope.params,
        response: { 200: z.array(HookJson), ...failures(400, 401, 403, 404, 410, 429) },
      },
    },
    async (request) => (await hooks.list(await scope.ownerOf(request))).map(hookJson),
  )
  app.post(
    scope.prefix,
    {
      config: { access: scope.access },
      schema: {
        summary: `Make a webhook of ${scope.of}; its secret is shown once`,
        tags: ['webhooks'],
        params: scope.params,
        body: NewHook,
        response: { 201: FreshHookJson, ...failures(400, 401, 403, 404, 410, 422, 429) },
      },
    },
    async (request, reply) => {
      const owner = await scope.ownerOf(request)
      await checkUrl(guard, request.body.url)
      const secret = newSecret()
      const hook = await hooks.create(owner, request.body, secret, actorOf(request))
      const [path = ''] = request.url.split('?', 1)
      reply.code(201).header('cache-control', 'no-store').header('location', `${path}/${hook.id}`)
      return { ...hookJson(hook), secret }
    },
  )
}
