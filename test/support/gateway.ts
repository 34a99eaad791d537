/**
 * Stands between a client and a real server, whose public address it is: sees what is asked, and answers
 * some of it by itself.
 */
import { once } from 'node:events'
import { createServer, request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { pipeline } from 'node:stream'

export interface SeenRequest {
  readonly method: string
  /** Path and query. */
  readonly target: string
  readonly headers: IncomingMessage['headers']
  /** The token of a Bearer credential. */
  readonly token: string | null
}

/** Answers by itself, or returns `false` to let the server do it. */
export type Intervention = (seen: SeenRequest, response: ServerResponse, request: IncomingMessage) => boolean

export class Gateway implements AsyncDisposable {
  readonly seen: SeenRequest[] = []
  intervene: Intervention = () => false
  readonly #server: string
  readonly #http = createServer((request, response) => this.#answer(request, response))

  constructor(server: string) {
    this.#server = server
  }

  async open(): Promise<void> {
    this.#http.listen(0, '127.0.0.1')
    await once(this.#http, 'listening')
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#http.address() as AddressInfo).port}`
  }

  /** Requests for which git's routes are meant. */
  get gitRequests(): readonly SeenRequest[] {
    return this.seen.filter(({ target }) => /\/(?:info\/refs|git-(?:upload|receive)-pack)/.test(target))
  }

  /** Forgets what it saw, and intervenes no more. */
  reset(): void {
    this.seen.length = 0
    this.intervene = () => false
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#http.close()
    this.#http.closeAllConnections()
    await once(this.#http, 'close')
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    const { method = '', url: target = '', headers } = request
    const [, token = null] = /^Bearer (.+)$/.exec(headers.authorization ?? '') ?? []
    const seen = { method, target, headers, token }
    this.seen.push(seen)
    if (this.intervene(seen, response, request)) return
    const onward = httpRequest(this.#server + target, { method, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers)
      answer.once('end', () => response.addTrailers(answer.trailers as Record<string, string>))
      pipeline(answer, response, () => {})
    })
    onward.on('error', () => response.destroy())
    pipeline(request, onward, () => {})
  }
}

/** The caller disposes it. @param server address that everything goes on to */
export async function openGateway(server: string): Promise<Gateway> {
  const gateway = new Gateway(server)
  await gateway.open()
  return gateway
}
