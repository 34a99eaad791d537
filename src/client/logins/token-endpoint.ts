/** Forms to a server's OAuth endpoints, for whoever signs in, renews a login or ends it. */
import { errorOf, secretsOf } from '../error-of.ts'
import { readText } from '../read-text.ts'
import { SluiceError } from '../sluice-error.ts'

/** What a successful answer of the token endpoint holds. @see RFC 6749, section 5.1 */
export interface TokenEndpointAnswer {
  readonly access_token: string
  /** Seconds. */
  readonly expires_in?: number
  readonly refresh_token?: string
  readonly scope?: string
}

/** Public: it has no secret, and its refresh tokens are bound to it by name only. @see RFC 6749, section 2.1 */
export const CLIENT_ID = 'sluice-cli'

const DEADLINE_MS = 30_000
const MAX_ANSWER_BYTES = 1024 * 1024

/**
 * Posts a form; follows no redirect, so that what is in it goes nowhere else.
 *
 * @returns the answer; an empty one for an endpoint that answers without a body
 * @throws SluiceError with the OAuth error as its code, `NO_ANSWER`, `MALFORMED_ANSWER`
 */
export async function postForm<T>(url: string, fields: Readonly<Record<string, string>>): Promise<T> {
  const form = new URLSearchParams(fields)
  const response = await send(url, form)
  if (!response.ok) throw await errorOf(response, secretsOf(form))
  const text = await readText(response, MAX_ANSWER_BYTES)
  if (text === '') return {} as T
  try {
    return JSON.parse(text) as T
  } catch {
    throw new SluiceError('MALFORMED_ANSWER', 'the answer is not JSON', { status: response.status })
  }
}

async function send(url: string, body: URLSearchParams): Promise<Response> {
  const signal = AbortSignal.timeout(DEADLINE_MS)
  try {
    return await fetch(url, { method: 'POST', redirect: 'manual', body, signal })
  } catch (cause) {
    throw new SluiceError('NO_ANSWER', 'the server does not answer', { cause })
  }
}

/**
 * Asks the token endpoint of a server.
 *
 * @throws SluiceError as `postForm` does, also for an answer without a token
 */
export async function requestToken(
  server: string,
  fields: Readonly<Record<string, string>>,
): Promise<TokenEndpointAnswer> {
  const answer = await postForm<TokenEndpointAnswer | null>(`${server}/oauth/token`, fields)
  if (typeof answer?.access_token === 'string' && TOKEN.test(answer.access_token)) return answer
  throw new SluiceError('MALFORMED_ANSWER', 'the token endpoint answered without a token')
}

/** It becomes part of a header, and of a line for git. */
const TOKEN = /^[\x21-\x7e]+$/
