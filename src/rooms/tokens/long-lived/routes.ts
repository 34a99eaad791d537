/** The long-lived tokens of the REST API. */
import type { FastifyInstance } from 'fastify'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import { createTokenRoute, type CreateTokenParts } from './create-token.ts'
import { listTokensRoute, type ListTokensParts } from './list-tokens.ts'
import { revokeTokenRoute, type RevokeTokenParts } from './revoke-token.ts'

export type LongLivedTokensParts = CreateTokenParts & ListTokensParts & RevokeTokenParts

export async function longLivedTokenRoutes(
  bare: FastifyInstance,
  parts: LongLivedTokensParts,
): Promise<void> {
  const app = bare.withTypeProvider<ZodTypeProvider>()
  createTokenRoute(app, parts)
  listTokensRoute(app, parts)
  revokeTokenRoute(app, parts)
}
