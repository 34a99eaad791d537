/** What the token endpoint answers. @see RFC 6749 section 5.1, RFC 8693 section 2.2.1, RFC 9396 section 7 */
import { z } from 'zod'
import type { Words } from './asked-words.ts'
import type { IssuedToken, TokenAnswer } from './token-endpoint-types.ts'

/** The words are told also where they are what was asked for. */
export function tokenAnswer(
  issued: IssuedToken,
  { scope, authorization_details: details }: Words,
): TokenAnswer {
  return {
    access_token: issued.token,
    token_type: 'Bearer',
    expires_in: issued.expiresInSeconds,
    ...(scope !== undefined && { scope }),
    ...(Array.isArray(details) && { authorization_details: details as unknown[] }),
  }
}

export const TokenAnswerJson = z
  .object({
    access_token: z.string(),
    issued_token_type: z.string().optional(),
    token_type: z.literal('Bearer'),
    expires_in: z.int().meta({ description: 'seconds' }),
    scope: z.string().optional(),
    authorization_details: z.array(z.unknown()).optional(),
    refresh_token: z.string().optional(),
  })
  .meta({
    id: 'TokenAnswer',
    example: {
      access_token: 'eyJ…',
      issued_token_type: 'urn:ietf:params:oauth:token-type:access_token',
      token_type: 'Bearer',
      expires_in: 900,
      scope: 'repo:pull repo:push',
    },
  })
