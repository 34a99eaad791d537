/** `POST /tokens`: a token that lives for days. Takes no `Idempotency-Key`: the answer holds a secret, and is kept nowhere. */
import { z } from 'zod'
import { actorOf } from '../../../http/actor.ts'
import { AccountId, Line } from '../../../http/fields.ts'
import { failures, type ZodApp } from '../../../http/zod-app.ts'
import { GRANT_FIELDS } from '../asked-of-rest.ts'
import { MAX_LIFE_SECONDS, mintLongLived, type MintParts } from './mint.ts'
import { FreshTokenJson, tokenJson } from './token-json.ts'

/** Strict: a member that we do not know could be a limit. */
const Body = z
  .strictObject({
    name: Line.trim().min(1).max(100),
    kind: z.enum(['personal', 'deploy']).default('personal'),
    account: AccountId.optional().meta({ description: 'a machine that you look after; absent: yourself' }),
    ...GRANT_FIELDS,
    expiresIn: z
      .int()
      .min(1)
      .max(MAX_LIFE_SECONDS)
      .optional()
      .meta({ description: 'seconds; 90 days if absent, never longer than what it is minted from' }),
  })
  .meta({ example: { name: 'build server', kind: 'deploy', scope: 'repo:acme/app:write' } })

export interface CreateTokenParts extends MintParts {
  readonly surfaceOrg: string
}

export function createTokenRoute(app: ZodApp, parts: CreateTokenParts): void {
  app.post(
    '/tokens',
    {
      config: { access: { kind: 'signed-in' } },
      schema: {
        summary: 'Make a long-lived token that may do what the presented one may, or less; it is shown once',
        tags: ['tokens'],
        body: Body,
        response: { 201: FreshTokenJson, ...failures(400, 401, 403, 404, 409, 429) },
      },
    },
    async (request, reply) => {
      const { token, row } = await mintLongLived(parts, request.principal, request.body, actorOf(request))
      reply.code(201).header('cache-control', 'no-store').header('location', `${app.prefix}/tokens/${row.id}`)
      return { ...tokenJson(row, parts.surfaceOrg), token }
    },
  )
}
