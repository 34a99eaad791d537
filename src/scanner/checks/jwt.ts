/** Is it a signed token? @see RFC 7519, RFC 7515 section 4.1.1 */

export function isSignedJwt(text: string): boolean {
  const header = decoded(text.split('.', 1)[0] ?? '')
  if (typeof header !== 'object' || header === null) return false
  const algorithm: unknown = (header as { alg?: unknown }).alg
  return typeof algorithm === 'string' && algorithm.toLowerCase() !== 'none'
}

/** Text that is base64 of JSON. */
export function isBase64Json(text: string): boolean {
  return decoded(text.replace(/^[^_]*_/, '').split('_', 1)[0] ?? '') !== undefined
}

function decoded(base64: string): unknown {
  try {
    return JSON.parse(Buffer.from(base64, 'base64').toString('utf8'))
  } catch {
    return undefined
  }
}
