/** Signs an access token of our own. Decides nothing about who may have one. @see RFC 9068 */
import { randomUUID } from 'node:crypto'
import { SignJWT, type JWTPayload } from 'jose'
import type { Clock } from '../../../kernel/ports.ts'
import { MAX_TOKEN_SECONDS } from '../../../kernel/token-times.ts'
import type { SigningKeys } from './signing-keys.ts'

export interface TokenClaims extends JWTPayload {
  /** UUID of the account. */
  readonly sub: string
  /** This server, or a repository of it. */
  readonly aud: string | string[]
}

export interface SignedToken {
  readonly token: string
  /** `jti`. */
  readonly tokenId: string
  /** Milliseconds since 1970. */
  readonly expiresAt: number
}

export type SignToken = (claims: TokenClaims, ttlSeconds: number) => Promise<SignedToken>

/**
 * @param issuer `iss` of what is signed
 * @returns a function that throws RangeError for a life of nothing, or of over an hour: a retired
 *   key would be dropped before such a token ends
 */
export function tokenSigner(issuer: string, keys: Pick<SigningKeys, 'current'>, clock: Clock): SignToken {
  return async (claims, ttlSeconds) => {
    if (!(ttlSeconds > 0 && ttlSeconds <= MAX_TOKEN_SECONDS)) throw new RangeError('life of a token')
    const { kid, privateKey } = await keys.current()
    const tokenId = randomUUID()
    const issuedAt = Math.floor(clock.now() / 1000)
    const exp = issuedAt + Math.floor(ttlSeconds)
    const token = await new SignJWT({ ...claims, iss: issuer, iat: issuedAt, exp, jti: tokenId })
      .setProtectedHeader({ alg: 'ES256', kid, typ: 'at+jwt' })
      .sign(privateKey)
    return { token, tokenId, expiresAt: exp * 1000 }
  }
}
