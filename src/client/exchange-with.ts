/** Token exchange with a Sluice server: a token of one's own becomes a short one that may do less. @see RFC 8693 */
import type { Exchange, IssuedToken } from './credential.ts'
import { errorOf, secretsOf } from './error-of.ts'
import { readText } from './read-text.ts'
import { SluiceError } from './sluice-error.ts'

const TOKEN_EXCHANGE = 'urn:ietf:params:oauth:grant-type:token-exchange'
const TOKEN_TYPE = 'urn:ietf:params:oauth:token-type:'
/** A server that takes longer is taken for one that is down. */
const DEADLINE_MS = 30_000
/** Far more than a token that a server takes, which has 8 KiB at most. */
const MAX_ANSWER_BYTES = 1024 * 1024

/** What kind of token is presented. @see RFC 8693, section 3 */
export type TokenType = 'access_token' | 'jwt' | 'id_token'

export interface ExchangeOptions {
  /** Base URL of the server. */
  readonly server: string | URL
  /** Asked for at each exchange, so that it can be read late and may change. */
  readonly subjectToken: () => string | Promise<string>
  readonly subjectTokenType?: TokenType
  /** Who acts for the subject, where that is somebody else. @see RFC 8693, section 4.1 */
  readonly actorToken?: () => string | Promise<string>
  readonly actorTokenType?: TokenType
  /** A public client; nothing is proved by it. */
  readonly clientId?: string
  readonly fetch?: typeof fetch
}

/**
 * The exchange that a `CredentialCache` makes: audience and action go out as `audience` and `scope`.
 * Whoever wants more than that, e.g. `authorization_details`, writes an exchange of his own.
 *
 * @throws SluiceError with the OAuth error as its code, `NO_ANSWER`, `REDIRECTED`, `MALFORMED_ANSWER`
 */
export function exchangeWith(options: ExchangeOptions): Exchange {
  const endpoint = endpointOf(options.server)
  const send = options.fetch ?? fetch
  return async (audience, action, signal) => {
    const form = formOf(await options.subjectToken(), options, audience, action)
    if (options.actorToken) {
      form.set('actor_token', await options.actorToken())
      form.set('actor_token_type', TOKEN_TYPE + (options.actorTokenType ?? 'access_token'))
    }
    const response = await post(send, endpoint, form, signal)
    if (!response.ok) throw await failureOf(response, form)
    return issuedToken(await readText(response, MAX_ANSWER_BYTES))
  }
}

/** @throws TypeError for what is no http address */
function endpointOf(server: string | URL): string {
  const { protocol, origin, pathname } = new URL(server)
  if (protocol !== 'https:' && protocol !== 'http:') throw new TypeError('server: not an http address')
  return `${origin}${pathname.replace(/\/+$/, '')}/oauth/token`
}

function formOf(
  subjectToken: string,
  { subjectTokenType, clientId }: ExchangeOptions,
  audience: string,
  action: string,
): URLSearchParams {
  const form = new URLSearchParams({
    grant_type: TOKEN_EXCHANGE,
    subject_token: subjectToken,
    subject_token_type: TOKEN_TYPE + (subjectTokenType ?? 'access_token'),
  })
  if (audience !== '') form.set('audience', audience)
  if (action !== '') form.set('scope', action)
  if (clientId !== undefined) form.set('client_id', clientId)
  return form
}

async function post(
  send: typeof fetch,
  endpoint: string,
  form: URLSearchParams,
  signal: AbortSignal,
): Promise<Response> {
  const deadline = AbortSignal.timeout(DEADLINE_MS)
  try {
    return await send(endpoint, {
      method: 'POST',
      body: form,
      redirect: 'manual',
      credentials: 'omit',
      signal: AbortSignal.any([signal, deadline]),
    })
  } catch (cause) {
    signal.throwIfAborted()
    throw new SluiceError('NO_ANSWER', 'the token endpoint does not answer', { cause })
  }
}

async function failureOf(response: Response, form: URLSearchParams): Promise<SluiceError> {
  if (response.type !== 'opaqueredirect' && (response.status < 300 || response.status > 399)) {
    return errorOf(response, secretsOf(form))
  }
  await response.body?.cancel()
  return new SluiceError('REDIRECTED', 'the token endpoint points elsewhere; nothing is sent there', {
    status: response.status,
  })
}

/** @see RFC 6749, section 5.1: a token without `expires_in` has a life that we do not know */
function issuedToken(text: string): IssuedToken {
  const { access_token: token, expires_in: seconds } = parse(text) ?? {}
  if (typeof token !== 'string' || !/^[\x21-\x7e]+$/.test(token)) {
    throw new SluiceError('MALFORMED_ANSWER', 'the token endpoint answered without a token')
  }
  return { token, expiresInSeconds: typeof seconds === 'number' ? seconds : 0 }
}

function parse(text: string): Record<string, unknown> | null {
  try {
    return JSON.parse(text) as Record<string, unknown> | null
  } catch {
    return null
  }
}
