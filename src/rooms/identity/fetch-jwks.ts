/** One bounded fetch of an issuer's JWK Set. @see RFC 7517, section 5 */
import type { JSONWebKeySet } from 'jose'
import { boundedFetch, ISSUER_FETCH_LIMITS, type FetchLimits } from '../../http/bounded-fetch.ts'

const HEADERS = { accept: 'application/jwk-set+json, application/json' }

/** @throws Error whatever went wrong; the text holds nothing that the server sent */
export async function fetchJwks(uri: URL, limits: FetchLimits = ISSUER_FETCH_LIMITS): Promise<JSONWebKeySet> {
  const { status, text } = await boundedFetch(uri, { headers: HEADERS }, limits)
  if (status !== 200) throw new Error(`JWK Set of ${uri.host}: HTTP ${status}`)
  return parseJwks(text, uri)
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
