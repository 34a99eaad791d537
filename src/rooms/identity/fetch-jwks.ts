/** One bounded fetch of an issuer's JWK Set. Believes nothing about the server at the other end. */
import type { JSONWebKeySet } from 'jose'

export interface FetchLimits {
  /** For the whole answer, not only for its head. */
  readonly timeoutMs: number
  readonly maxBytes: number
}

export const JWKS_FETCH_LIMITS: FetchLimits = { timeoutMs: 5_000, maxBytes: 256 * 1024 }

/**
 * https, or http on loopback; redirects are not followed.
 *
 * @throws Error whatever went wrong; the text holds nothing that the server sent
 */
export async function fetchJwks(uri: URL, limits: FetchLimits = JWKS_FETCH_LIMITS): Promise<JSONWebKeySet> {
  const response = await fetch(uri, {
    redirect: 'manual',
    signal: AbortSignal.timeout(limits.timeoutMs),
    headers: { accept: 'application/jwk-set+json, application/json' },
  })
  if (response.status !== 200) {
    await response.body?.cancel()
    throw new Error(`JWK Set of ${uri.host}: HTTP ${response.status}`)
  }
  return parseJwks(await readBounded(response, limits.maxBytes), uri)
}

const LOOPBACK = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/

/** @throws TypeError when keys from there could be replaced on their way */
export function parseJwksUri(text: string): URL {
  const uri = new URL(text)
  const safe = uri.protocol === 'https:' || (uri.protocol === 'http:' && LOOPBACK.test(uri.hostname))
  if (!safe || uri.username !== '' || uri.password !== '')
    throw new TypeError('a JWKS address must be https (http only on loopback), without a password')
  return uri
}

async function readBounded(response: Response, maxBytes: number): Promise<string> {
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of response.body ?? []) {
    size += chunk.byteLength
    if (size > maxBytes) throw new Error(`JWK Set is over ${maxBytes} bytes`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString()
}

function parseJwks(text: string, uri: URL): JSONWebKeySet {
  let set: unknown
  try {
    set = JSON.parse(text)
  } catch {
    throw new Error(`JWK Set of ${uri.host} is not JSON`)
  }
  const keys = typeof set === 'object' && set !== null && 'keys' in set ? set.keys : null
  if (!Array.isArray(keys)) throw new Error(`JWK Set of ${uri.host} has no keys`)
  return { keys: keys.filter((key) => typeof key === 'object' && key !== null) }
}
