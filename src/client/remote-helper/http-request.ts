/** One HTTP request whose answer is a stream with trailers, which `fetch` does not show. Follows no redirect. */
import {
  Agent as HttpAgent,
  request as httpRequest,
  type ClientRequest,
  type IncomingMessage,
} from 'node:http'
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https'
import type { Readable } from 'node:stream'
import { HelperError } from '../credential-helper/helper-error.ts'
import type { Endpoint } from './endpoint.ts'

export interface RequestBody {
  readonly bytes: number
  /** A stream from the beginning; called once for each time that the body is sent. */
  readonly open: () => Readable
}

/**
 * `shared`: one that is kept between requests, and may have been closed meanwhile; then the request is
 * made again. `own`: for what must not be sent twice by accident.
 */
export type Connection = 'shared' | 'own'

export interface Outgoing extends Endpoint {
  readonly connection: Connection
  readonly headers: Readonly<Record<string, string>>
  readonly body: RequestBody | null
  readonly family: 0 | 4 | 6
}

/** Nothing came for so long: a server says that it lives every few seconds. */
const IDLE_MS = 120_000

type Protocol = 'http:' | 'https:'

export class Connections {
  readonly #shared: Partial<Record<Protocol, HttpAgent>> = {}
  readonly #agents: HttpAgent[] = []

  /**
   * Resolves with the answer's head, which may come while the body is still being sent; the body goes
   * on until the answer has ended.
   *
   * @throws HelperError when no answer comes
   */
  async send(outgoing: Outgoing): Promise<IncomingMessage> {
    const first = this.#start(outgoing)
    try {
      return await answerTo(first)
    } catch (err) {
      if (!first.reusedSocket) throw err
      return answerTo(this.#start(outgoing)) // the server closed the connection while it was idle
    }
  }

  #start({ method, url, headers, body, family, connection }: Outgoing): ClientRequest {
    const protocol: Protocol = url.protocol === 'https:' ? 'https:' : 'http:'
    const length = body === null ? {} : { 'content-length': String(body.bytes) }
    const request = (protocol === 'https:' ? httpsRequest : httpRequest)(url, {
      method,
      agent: connection === 'own' ? this.#open(protocol) : (this.#shared[protocol] ??= this.#open(protocol)),
      headers: { ...headers, ...length },
      timeout: IDLE_MS,
      ...(family !== 0 && { family }),
    })
    request.on('timeout', () => request.destroy(new HelperError('the server fell silent')))
    if (body === null) request.end()
    else feed(request, body.open())
    return request
  }

  close(): void {
    for (const agent of this.#agents) agent.destroy()
  }

  /** Never `Connection: close`: the server would reset it over what it has not read of a refused push. */
  #open(protocol: Protocol): HttpAgent {
    const agent =
      protocol === 'https:' ? new HttpsAgent({ keepAlive: true }) : new HttpAgent({ keepAlive: true })
    this.#agents.push(agent)
    return agent
  }
}

function answerTo(request: ClientRequest): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    request.once('response', resolve)
    request.on('error', (err: NodeJS.ErrnoException) => {
      const reason = err.code ?? err.message
      reject(err instanceof HelperError ? err : new HelperError(`no answer from the server (${reason})`))
    })
  })
}

/** An answer that is complete before the body is means that the rest is not wanted. */
function feed(request: ClientRequest, body: Readable): void {
  const stop = () => {
    body.destroy()
    if (!request.writableEnded) request.destroy()
  }
  request.once('response', (answer) => answer.once('end', stop))
  request.once('close', () => body.destroy())
  body.once('error', (err) => request.destroy(err))
  body.pipe(request)
}
