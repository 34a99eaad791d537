/** Makes the access token of an order: lifetime, lineage, signature. What it may do was decided before. */
import type { Clock } from '../../kernel/ports.ts'
import { LOGIN, MINTED_FROM, WITHIN } from '../../kernel/granting/own-claims.ts'
import { DEFAULT_TOKEN_SECONDS, MAX_TOKEN_SECONDS } from '../../kernel/token-times.ts'
import type { SignToken, TokenClaims } from './keys/sign-token.ts'
import { invalidRequest } from './oauth-form.ts'
import type { AccessTokenOrder, IssueAccessToken } from './token-endpoint-types.ts'

/**
 * As much as fits into the 8 KiB of a credential after git has wrapped it in Basic, which makes four
 * bytes of three.
 */
const MAX_TOKEN_BYTES = 6_000

export interface IssuingParts {
  readonly sign: SignToken
  readonly clock: Clock
}

/**
 * @returns a function that throws AppError `OAUTH_INVALID_REQUEST` when what the token is minted from
 *   has ended, or when its limits and lineage make it too large to be presented
 * @see RFC 9068, section 2.2; RFC 8693, section 4
 */
export function issueAccessToken({ sign, clock }: IssuingParts): IssueAccessToken {
  return async (order) => {
    const ttlSeconds = lifeOf(order, clock.now())
    const { token, tokenId } = await sign(claimsOf(order), ttlSeconds)
    if (token.length > MAX_TOKEN_BYTES)
      throw invalidRequest(
        'the token would be too large: ask for fewer limits, or from a token nearer the login',
      )
    return { token, id: tokenId, expiresInSeconds: ttlSeconds }
  }
}

/** Whole seconds, counted as `exp` and `iat` are: from the beginning of this second. */
function lifeOf({ ttlSeconds, notAfter }: AccessTokenOrder, now: number): number {
  const wished = Math.min(ttlSeconds ?? DEFAULT_TOKEN_SECONDS, MAX_TOKEN_SECONDS)
  const left = notAfter === null ? Infinity : Math.floor(notAfter / 1000) - Math.floor(now / 1000)
  const life = Math.min(wished, left)
  if (life < 1) throw invalidRequest('what the token would be minted from has ended')
  return life
}

function claimsOf(order: AccessTokenOrder): TokenClaims {
  const { subjectId, actorId, priorAct, audience, words, within, mintedFrom, clientId, login } = order
  const [only] = audience
  return {
    sub: subjectId,
    aud: audience.length === 1 && only !== undefined ? only : [...audience],
    ...(actorId !== null && { act: { sub: actorId, ...(priorAct !== undefined && { act: priorAct }) } }),
    ...(clientId !== null && { client_id: clientId }),
    ...(words.scope !== undefined && { scope: words.scope }),
    ...(words.authorization_details !== undefined && { authorization_details: words.authorization_details }),
    ...(mintedFrom.length > 0 && { [MINTED_FROM]: mintedFrom }),
    ...(within !== null && { [WITHIN]: within }),
    ...(login && { [LOGIN]: true }),
  }
}
