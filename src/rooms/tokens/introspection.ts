/** `POST /oauth/introspect`: what a token is good for now, for whoever may know. @see RFC 7662 */
import { z } from 'zod'
import { FORM_ROUTE } from '../../http/form-body.ts'
import { NOT_KEPT, oauthFailures } from '../../http/oauth-errors.ts'
import type { ZodApp } from '../../http/zod-app.ts'
import type { Introspect } from './introspect.ts'
import { OAuthForm } from './oauth-form.ts'
import { TOKEN_FORM } from './token-form.ts'

const Detail = z.looseObject({ type: z.string() })
const Introspection = z
  .object({
    active: z.boolean(),
    scope: z.string().optional(),
    authorization_details: z.array(Detail).optional(),
    within: z
      .array(z.object({ scope: z.string().optional(), authorization_details: z.array(Detail).optional() }))
      .optional()
      .meta({ description: 'what the tokens allow that it was minted from; all of them must' }),
    client_id: z.string().optional(),
    username: z.string().optional(),
    account_kind: z.enum(['user', 'agent', 'service', 'nostr']).optional(),
    token_type: z.string().optional(),
    exp: z.number().optional(),
    iat: z.number().optional(),
    sub: z.string().optional(),
    aud: z.union([z.string(), z.array(z.string())]).optional(),
    iss: z.string().optional(),
    jti: z.string().optional(),
    act: z.object({ sub: z.string() }).optional(),
  })
  .meta({
    id: 'Introspection',
    example: {
      active: true,
      scope: 'repo:acme/app:write',
      username: 'Ada',
      account_kind: 'user',
      token_type: 'Bearer',
      exp: 1_767_226_500,
      iat: 1_767_225_600,
      sub: '0199c0de-0000-7000-8000-00000000000a',
      aud: 'https://git.example.com/acme/app',
      iss: 'https://git.example.com',
      jti: '0199c0de-0000-7000-8000-0000000000f1',
      act: { sub: '0199c0de-0000-7000-8000-00000000000b' },
    },
  })

export function introspectionRoute(app: ZodApp, introspect: Introspect): void {
  app.post(
    '/oauth/introspect',
    {
      ...FORM_ROUTE,
      config: { access: { kind: 'signed-in' }, errors: 'oauth', rate: 'token' },
      schema: {
        summary:
          'Tell what a token is good for: `active` is false for every token that the caller may not know',
        tags: ['tokens'],
        ...TOKEN_FORM,
        response: { 200: Introspection, ...oauthFailures(400, 401, 413, 429, 503) },
      },
    },
    async (request, reply) => {
      reply.headers(NOT_KEPT)
      const form = new OAuthForm(String(request.body ?? ''))
      return introspect(form.require('token').trim(), request.principal, { address: request.ip })
    },
  )
}
