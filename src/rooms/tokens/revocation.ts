/** `POST /oauth/revoke`: takes a token back, and all that was minted from it. @see RFC 7009 */
import { z } from 'zod'
import { FORM_ROUTE } from '../../http/form-body.ts'
import { NOT_KEPT, oauthFailures } from '../../http/oauth-errors.ts'
import type { ZodApp } from '../../http/zod-app.ts'
import { readTokenRequest } from './client-authentication.ts'
import type { VerifyToken } from './presented-token.ts'
import type { RevokeToken } from './revoke-token.ts'
import { TOKEN_FORM } from './token-form.ts'

export interface RevocationParts {
  readonly verify: VerifyToken
  readonly revoke: RevokeToken
}

const Done = z.string().meta({
  description: 'the token is of no use to anybody from now on, or was of none before',
  example: '',
})

/** Whoever has a token may take it back: what he could do with it otherwise is worse. */
export function revocationRoute(app: ZodApp, { verify, revoke }: RevocationParts): void {
  app.post(
    '/oauth/revoke',
    {
      ...FORM_ROUTE,
      config: { access: { kind: 'open' }, errors: 'oauth', rate: 'token' },
      schema: {
        summary: 'Take a token back, and all that was minted from it; 200 also when it is no token',
        tags: ['tokens'],
        ...TOKEN_FORM,
        response: { 200: Done, ...oauthFailures(400, 401, 413, 429, 503) },
      },
    },
    async (request, reply) => {
      reply.headers(NOT_KEPT)
      const { form, client, caller } = await readTokenRequest(request, verify)
      // The end of a line, as a file has one, must not save the token: the answer would be 200 all the same.
      await revoke(form.require('token').trim(), client, caller)
      return reply.send('')
    },
  )
}
