/**
 * The requests of one run of the helper: with a token where there is one, once more with a new one after
 * a 401, and never to another place than the remote's.
 */
import type { IncomingMessage } from 'node:http'
import type { Credential } from '../credential.ts'
import { HelperError } from '../credential-helper/helper-error.ts'
import type { RemoteAddress } from './address.ts'
import {
  advertisementOf,
  baseOf,
  callOf,
  mayCarryCredential,
  type Endpoint,
  type Service,
} from './endpoint.ts'
import type { Connections, RequestBody } from './http-request.ts'
import type { Options } from './options.ts'

export interface SessionParts {
  readonly address: RemoteAddress
  readonly connections: Connections
  /** `null`: this server is nobody's; it is asked without a token. */
  readonly credentialOf: (service: Service) => Promise<Credential | null>
  readonly options: Pick<Options, 'family'>
}

const MAX_REDIRECTS = 5
const AGENT = 'git/sluice-remote-helper'

export class GitSession {
  readonly #parts: SessionParts
  readonly #credentials = new Map<Service, Promise<Credential | null>>()
  /** Where the remote was found; changes by a redirect on the same server. */
  #base: string

  constructor(parts: SessionParts) {
    this.#parts = parts
    this.#base = parts.address.base
  }

  /** Base address of the repository, for git's own messages. */
  get base(): string {
    return this.#base
  }

  /** @returns the answer, whatever its status is, but for redirects */
  async advertisement(service: Service, headers: Readonly<Record<string, string>>): Promise<IncomingMessage> {
    for (let hops = 0; ; hops++) {
      const endpoint = advertisementOf(this.#base, service)
      const answer = await this.#send(service, endpoint, headers, null)
      const location = redirectOf(answer)
      if (location === null) return answer
      answer.destroy()
      if (hops === MAX_REDIRECTS) throw new HelperError('the server redirects in circles')
      this.#base = this.#movedTo(new URL(location, endpoint.url))
    }
  }

  /** @returns the answer, whatever its status is, but for redirects */
  async call(
    service: Service,
    headers: Readonly<Record<string, string>>,
    body: RequestBody,
  ): Promise<IncomingMessage> {
    const types = {
      'content-type': `application/x-${service}-request`,
      accept: `application/x-${service}-result`,
    }
    const answer = await this.#send(service, callOf(this.#base, service), { ...types, ...headers }, body)
    if (redirectOf(answer) === null) return answer
    answer.destroy()
    throw new HelperError('the server redirects a call, which nobody follows')
  }

  async #send(
    service: Service,
    endpoint: Endpoint,
    headers: Readonly<Record<string, string>>,
    body: RequestBody | null,
  ): Promise<IncomingMessage> {
    const credential = await this.#credentialOf(service)
    const once = async () => {
      const token = credential && (await credential.token())
      return { token, answer: await this.#sendOnce(endpoint, token, headers, body) }
    }
    const first = await once()
    if (first.answer.statusCode !== 401 || credential === null || first.token === null) return first.answer
    first.answer.destroy()
    await credential.invalidate(first.token)
    return (await once()).answer
  }

  #sendOnce(
    endpoint: Endpoint,
    token: string | null,
    headers: Readonly<Record<string, string>>,
    body: RequestBody | null,
  ): Promise<IncomingMessage> {
    const { address, connections, options } = this.#parts
    const mayCarry = token !== null && mayCarryCredential(endpoint, address.origin)
    return connections.send({
      ...endpoint,
      headers: {
        'user-agent': AGENT,
        'accept-encoding': 'gzip',
        ...headers,
        ...(mayCarry && { authorization: `Bearer ${token}` }),
      },
      body,
      family: options.family,
      connection: endpoint.url.pathname.endsWith('/git-receive-pack') ? 'own' : 'shared',
    })
  }

  #credentialOf(service: Service): Promise<Credential | null> {
    const known = this.#credentials.get(service) ?? this.#parts.credentialOf(service)
    this.#credentials.set(service, known)
    return known
  }

  /** @throws HelperError for another server: a credential, and what is fetched, belong to the one that was named */
  #movedTo(url: URL): string {
    const base = baseOf(url)
    if (base === null || url.origin !== this.#parts.address.origin)
      throw new HelperError(
        'the server redirects elsewhere; if that is right, change the address of the remote',
      )
    return base
  }
}

function redirectOf({ statusCode = 0, headers }: IncomingMessage): string | null {
  return statusCode >= 300 && statusCode < 400 ? (headers.location ?? '') : null
}
