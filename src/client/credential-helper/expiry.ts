/** When a token ends, read from the token itself. Nothing is verified: that is the server's business. */

/** Seconds since 1970; `null` where it does not say. @see RFC 7519, section 4.1.4 */
export function expiryOf(token: string): number | null {
  const [, payload = ''] = token.split('.')
  try {
    const { exp } = JSON.parse(Buffer.from(payload, 'base64url').toString()) as { exp?: unknown }
    return Number.isSafeInteger(exp) ? (exp as number) : null
  } catch {
    return null
  }
}
