/** Login tokens as the platform's other services sign them: HS256 with the shared secret. */
import { SignJWT } from 'jose'

export interface TokenOptions {
  readonly scope?: string
  readonly authorizationDetails?: unknown
  readonly ttlSeconds?: number
  readonly claims?: Record<string, unknown>
}

export function platformToken(
  secret: Uint8Array,
  { accountId, name, ...opts }: TokenOptions & { accountId: string; name: string },
): Promise<string> {
  const claims = {
    name,
    email: `${name}@example.test`,
    ...(opts.scope === undefined ? {} : { scope: opts.scope }),
    ...(opts.authorizationDetails === undefined ? {} : { authorization_details: opts.authorizationDetails }),
    ...opts.claims,
  }
  const now = Math.floor(Date.now() / 1000)
  return new SignJWT({ iat: now, exp: now + (opts.ttlSeconds ?? 3600), ...claims })
    .setProtectedHeader({ alg: 'HS256' })
    .setSubject(accountId)
    .sign(secret)
}
