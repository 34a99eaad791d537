/**
 * Signs an access token of our own. Decides nothing about who may have one. Signed on this thread,
 * because handing the text to another takes longer than to sign it.
 *
 * @see RFC 9068; RFC 7515, section 5.1
 */
import { KeyObject, randomUUID, sign } from 'node:crypto'
import type { CryptoKey, JWTPayload } from 'jose'
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
    const header = { alg: 'ES256', kid, typ: 'at+jwt' }
    const payload = { ...claims, iss: issuer, iat: issuedAt, exp, jti: tokenId }
    const token = signed(`${encoded(header)}.${encoded(payload)}`, privateKey)
    return { token, tokenId, expiresAt: exp * 1000 }
  }
}

/** @see RFC 7518, section 3.4: R and S, 32 bytes each */
function signed(text: string, privateKey: CryptoKey): string {
  const key = KeyObject.from(privateKey)
  const signature = sign('sha256', Buffer.from(text, 'latin1'), { key, dsaEncoding: 'ieee-p1363' })
  return `${text}.${signature.toString('base64url')}`
}

function encoded(part: object): string {
  return Buffer.from(JSON.stringify(part)).toString('base64url')
}
