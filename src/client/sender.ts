/**
 * Sends requests to one server, with a credential that no other server gets. A credential that is
 * refused is renewed once; a server that asks for patience gets it.
 */
import type { Clock, Credential } from './credential.ts'
import { errorOf, secretsOf } from './error-of.ts'
import type { ClientRequest } from './request.ts'
import { pause as pauseForReal, Patience, type RetryPolicy } from './retry.ts'
import { SluiceError } from './sluice-error.ts'

export interface SenderParts {
  /** Scheme, host and port of the server. */
  readonly origin: string
  /** `null`: nobody in particular. */
  readonly credential: Credential | null
  /** There may be another token where one is refused. */
  readonly isRenewable: boolean
  readonly retry: RetryPolicy
  readonly fetch: typeof fetch
  readonly clock: Clock
  readonly pause?: typeof pauseForReal
}

const MAX_REDIRECTS = 5
/** Visible ASCII: what fetch would refuse it would also repeat in its message. */
const TOKEN = /^[\x21-\x7e]+$/

export class Sender {
  readonly #parts: SenderParts

  constructor(parts: SenderParts) {
    this.#parts = parts
  }

  /**
   * @returns an answer that is no failure: 2xx, or 304 for whoever asked for it
   * @throws SluiceError; the reason of `signal`; whatever the credential throws
   */
  async send(request: ClientRequest, signal?: AbortSignal): Promise<Response> {
    const { retry, clock, pause = pauseForReal } = this.#parts
    const patience = new Patience(retry)
    for (let mayRenew = this.#parts.isRenewable && !request.isOpen; ;) {
      const token = request.isOpen ? null : await this.#token(signal)
      const response = await this.#follow(request, token, signal)
      if (response.ok || response.status === 304) return response
      if (response.status === 401 && mayRenew) {
        mayRenew = false
        await response.body?.cancel()
        await this.#parts.credential?.invalidate(token ?? undefined)
        continue
      }
      const waitMs = request.isIdempotent ? patience.waitMs(response, clock.now()) : null
      if (waitMs === null) throw await errorOf(response, secretsIn(request, token))
      await response.body?.cancel()
      await pause(waitMs, signal)
    }
  }

  async #token(signal: AbortSignal | undefined): Promise<string | null> {
    const token = (await this.#parts.credential?.token(signal)) ?? null
    if (token !== null && !TOKEN.test(token)) throw new TypeError('credential: not a token')
    return token
  }

  /** Reading may be sent on within the server, as for a repository that was renamed; nothing else is. */
  async #follow(request: ClientRequest, token: string | null, signal?: AbortSignal): Promise<Response> {
    let url = request.url
    for (let hops = 0; hops <= MAX_REDIRECTS; hops++) {
      const response = await this.#fetch({ ...request, url }, token, signal)
      if (!isRedirect(response)) return response
      await response.body?.cancel()
      const next = request.method === 'GET' ? this.#within(response, url) : null
      if (next === null) throw redirected(response)
      url = next
    }
    throw new SluiceError('REDIRECTED', 'the server points in circles')
  }

  async #fetch(request: ClientRequest, token: string | null, signal?: AbortSignal): Promise<Response> {
    const { url, method, headers, body } = request
    const authorization = token === null ? {} : { authorization: `Bearer ${token}` }
    try {
      return await this.#parts.fetch(url, {
        method,
        headers: { ...headers, ...authorization },
        body: body(),
        redirect: 'manual',
        credentials: 'omit',
        ...(signal ? { signal } : {}),
      })
    } catch (cause) {
      signal?.throwIfAborted()
      throw new SluiceError('NO_ANSWER', 'the server does not answer', { cause })
    }
  }

  /** `null`: elsewhere, or nobody says where; pages are not told. */
  #within(response: Response, from: string): string | null {
    const location = response.headers.get('location')
    const target = location === null ? null : URL.canParse(location, from) ? new URL(location, from) : null
    return target?.origin === this.#parts.origin ? target.href : null
  }
}

function secretsIn({ body }: ClientRequest, token: string | null): readonly string[] {
  const sent = body()
  return [...(token === null ? [] : [token]), ...(sent instanceof URLSearchParams ? secretsOf(sent) : [])]
}

function isRedirect({ type, status }: Response): boolean {
  return type === 'opaqueredirect' || (status >= 300 && status < 400 && status !== 304)
}

function redirected({ status, headers }: Response): SluiceError {
  const requestId = headers.get('x-request-id')
  return new SluiceError('REDIRECTED', 'the server points elsewhere; nothing is sent there', {
    status,
    requestId,
  })
}
