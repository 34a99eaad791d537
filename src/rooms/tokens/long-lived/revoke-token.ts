/** `DELETE /tokens/{id}`: ends the token and all that was minted from it, by the next request. */
import { z } from 'zod'
import { actorOf } from '../../../http/actor.ts'
import { failures, type ZodApp } from '../../../http/zod-app.ts'
import { AppError } from '../../../kernel/errors.ts'
import type { TokenSight } from '../../../store/list-tokens.ts'
import type { OpaqueToken, OpaqueTokens } from '../../../store/opaque-tokens.ts'
import { sightOf } from './token-sight.ts'

export interface RevokeTokenParts {
  readonly tokens: Pick<OpaqueTokens, 'revoke'>
  readonly findToken: (sight: TokenSight, id: string) => Promise<OpaqueToken | null>
  readonly credentialsChanged: () => void
}

export function revokeTokenRoute(app: ZodApp, parts: RevokeTokenParts): void {
  app.delete(
    '/tokens/:id',
    {
      config: { access: { kind: 'signed-in' } },
      schema: {
        summary: 'Revoke a long-lived token, and all that was minted from it',
        tags: ['tokens'],
        params: z.object({ id: z.uuid().toLowerCase() }),
        response: { 204: z.null(), ...failures(400, 401, 404, 429) },
      },
    },
    async (request, reply) => {
      const token = await parts.findToken(sightOf(request.principal), request.params.id)
      if (!token) throw new AppError('NOT_FOUND', { details: { reason: 'no such token' } })
      await parts.tokens.revoke(token.id, actorOf(request))
      parts.credentialsChanged()
      return reply.code(204).send(null)
    },
  )
}
