/** The form of the two endpoints that are asked about one token. @see RFC 7009 section 2.1, RFC 7662 section 2.1 */
import { z } from 'zod'

const HINT = 'accepted and not needed: the token itself says what it is'

/** For the `schema` of a route. */
export const TOKEN_FORM = {
  consumes: ['application/x-www-form-urlencoded'],
  body: z
    .object({
      token: z.string(),
      token_type_hint: z.string().optional().meta({ description: HINT }),
      client_id: z.string().optional(),
      client_secret: z.string().optional(),
    })
    .meta({ example: { token: 'eyJ…', token_type_hint: 'access_token' } }),
}
