/** `POST /oauth/token`: who asks, by which grant, and what he gets. @see RFC 6749, section 3.2 */
import { z } from 'zod'
import { FORM_ROUTE } from '../../http/form-body.ts'
import { NOT_KEPT, oauthFailures } from '../../http/oauth-errors.ts'
import type { ZodApp } from '../../http/zod-app.ts'
import { AppError } from '../../kernel/errors.ts'
import { readTokenRequest } from './client-authentication.ts'
import type { VerifyToken } from './presented-token.ts'
import { TokenAnswerJson } from './token-answer.ts'
import type { GrantHandler } from './token-endpoint-types.ts'

export interface TokenEndpointParts {
  /** By `grant_type`. */
  readonly handlers: Readonly<Record<string, GrantHandler>>
  readonly verify: VerifyToken
}

const Form = z
  .object({
    grant_type: z.string(),
    client_id: z.string().optional().meta({ description: 'or in Basic; a public client has no secret' }),
    client_secret: z.string().optional(),
    audience: z.string().optional().meta({ description: 'address of this server or of a repository' }),
    resource: z.string().optional().meta({ description: 'the same, by RFC 8707; both may be repeated' }),
    scope: z.string().optional(),
    authorization_details: z.string().optional().meta({ description: 'JSON, by RFC 9396' }),
    expires_in: z.string().optional().meta({ description: 'seconds that the token shall live at most' }),
    subject_token: z.string().optional(),
    subject_token_type: z.string().optional(),
    actor_token: z.string().optional(),
    actor_token_type: z.string().optional(),
    requested_token_type: z.string().optional(),
    assertion: z.string().optional(),
    refresh_token: z.string().optional(),
    device_code: z.string().optional(),
  })
  .meta({
    example: {
      grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
      subject_token: 'eyJ…',
      subject_token_type: 'urn:ietf:params:oauth:token-type:access_token',
      audience: 'https://git.example.org/acme/app',
      scope: 'repo:pull',
    },
  })

export function tokenEndpoint(app: ZodApp, { handlers, verify }: TokenEndpointParts): void {
  app.post(
    '/oauth/token',
    {
      ...FORM_ROUTE,
      config: { access: { kind: 'open' }, errors: 'oauth', rate: 'token' },
      schema: {
        summary: 'Get an access token for another token, a secret or a code',
        tags: ['tokens'],
        consumes: ['application/x-www-form-urlencoded'],
        body: Form,
        response: { 200: TokenAnswerJson, ...oauthFailures(400, 401, 413, 429) },
      },
    },
    async (request, reply) => {
      reply.headers(NOT_KEPT)
      const asked = await readTokenRequest(request, verify)
      return handlerOf(asked.form.require('grant_type'), handlers)(asked)
    },
  )
}

function handlerOf(grantType: string, handlers: TokenEndpointParts['handlers']): GrantHandler {
  const handler = Object.hasOwn(handlers, grantType) ? handlers[grantType] : undefined
  if (!handler) throw new AppError('OAUTH_UNSUPPORTED_GRANT_TYPE')
  return handler
}
