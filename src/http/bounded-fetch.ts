/** Requests of ours to other servers, bounded in time and size. Believes nothing about the other end. */

export interface FetchLimits {
  /** For the whole answer, not only for its head. */
  readonly timeoutMs: number
  readonly maxBytes: number
}

/** What an issuer may take and send. */
export const ISSUER_FETCH_LIMITS: FetchLimits = { timeoutMs: 5_000, maxBytes: 256 * 1024 }

export interface BoundedAnswer {
  /** HTTP status; redirects are not followed. */
  readonly status: number
  readonly text: string
}

/** @throws Error whatever went wrong; its text holds nothing that either side sent */
export async function boundedFetch(
  uri: URL,
  init: Pick<RequestInit, 'method' | 'headers' | 'body'> & { readonly signal?: AbortSignal },
  limits: FetchLimits,
): Promise<BoundedAnswer> {
  const late = AbortSignal.timeout(limits.timeoutMs)
  const signal = init.signal ? AbortSignal.any([init.signal, late]) : late
  const response = await fetch(uri, { ...init, redirect: 'manual', signal })
  return { status: response.status, text: await readBounded(response, uri, limits.maxBytes) }
}

const LOOPBACK = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/

/**
 * https, or http on loopback.
 *
 * @throws TypeError when what comes from there could be replaced on its way
 */
export function parseTrustedUri(text: string): URL {
  const uri = new URL(text)
  const safe = uri.protocol === 'https:' || (uri.protocol === 'http:' && LOOPBACK.test(uri.hostname))
  if (!safe || uri.username !== '' || uri.password !== '')
    throw new TypeError('the address of an issuer must be https (http only on loopback), without a password')
  return uri
}

async function readBounded(response: Response, uri: URL, maxBytes: number): Promise<string> {
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of response.body ?? []) {
    size += chunk.byteLength
    if (size > maxBytes) throw new Error(`the answer of ${uri.host} is over ${maxBytes} bytes`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString()
}
