/** How long a client wishes its token to live, and how long it may at most. */
import type { PresentedToken } from '../../kernel/principal.ts'
import { invalidRequest, type OAuthForm } from './oauth-form.ts'
import type { AccessTokenOrder } from './token-endpoint-types.ts'

/** `expires_in` of the request, a parameter of our own: whole seconds. @throws AppError `OAUTH_INVALID_REQUEST` */
export function wishedLife(form: OAuthForm): Pick<AccessTokenOrder, 'ttlSeconds'> {
  const wish = form.get('expires_in')
  if (wish === null) return {}
  if (!/^[1-9]\d{0,8}$/.test(wish)) throw invalidRequest('expires_in must be a number of seconds')
  return { ttlSeconds: Number(wish) }
}

/** What a token has that is minted from these, the nearest first: revoking any of them ends it. */
export function lineageOf(
  ...parents: readonly PresentedToken[]
): Pick<AccessTokenOrder, 'mintedFrom' | 'notAfter'> {
  const ends = parents.flatMap((parent) => parent.expiresAt ?? [])
  return {
    mintedFrom: [...new Set(parents.flatMap((parent) => [parent.id, ...parent.mintedFrom]))],
    notAfter: ends.length === 0 ? null : Math.min(...ends),
  }
}
