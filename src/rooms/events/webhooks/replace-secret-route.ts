/** `POST …/hooks/{id}/secret`. Takes no `Idempotency-Key`: the answer holds a secret, and is kept nowhere. */
import { actorOf } from '../../../http/actor.ts'
import { failures, type ZodApp } from '../../../http/zod-app.ts'
import type { Hooks } from '../../../store/hooks/hooks.ts'
import { FreshHookJson, hookJson } from './hook-json.ts'
import { hookParams, type HookScope } from './hook-scope.ts'
import { noSuchHook } from './not-found.ts'
import { newSecret } from './signature.ts'

export interface ReplaceSecretParts {
  readonly hooks: Pick<Hooks, 'replaceSecret'>
}

export function replaceSecretRoute(app: ZodApp, scope: HookScope, { hooks }: ReplaceSecretParts): void {
  app.post(
    `${scope.prefix}/:id/secret`,
    {
      config: { access: scope.access },
      schema: {
        summary: `Give a webhook of ${scope.of} a new secret; for 24 hours both sign`,
        tags: ['webhooks'],
        params: hookParams(scope),
        response: { 200: FreshHookJson, ...failures(400, 401, 403, 404, 410, 429) },
      },
    },
    async (request, reply) => {
      const owner = await scope.ownerOf(request)
      const secret = newSecret()
      const hook = await hooks.replaceSecret(owner, request.params.id, secret, actorOf(request))
      if (!hook) throw noSuchHook()
      reply.header('cache-control', 'no-store')
      return { ...hookJson(hook), secret }
    },
  )
}
