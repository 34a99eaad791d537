/** A client that costs little: HTTP/1.1 on kept connections, whole answers, gzip undone, no redirects. */
import * as http from 'node:http'
import * as https from 'node:https'
import { gunzipSync } from 'node:zlib'

export interface HttpRequest {
  readonly method: 'GET' | 'POST'
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: Buffer
}

export interface HttpClient extends Disposable {
  /** @throws StatusError on any status but 2xx: an error answered fast would look like a good figure */
  send(wanted: HttpRequest): Promise<Buffer>
}

export class StatusError extends Error {
  readonly status: number

  constructor(status: number, asked: string, answer: Buffer) {
    super(`${asked}: ${status} ${answer.toString('utf8', 0, 300)}`)
    this.status = status
  }
}

/**
 * @param origin `http://host:port`, or https
 * @param silenceMs a request ends with an error when nothing is heard for so long; `0`: never
 */
export function openHttpClient(origin: string, silenceMs = 0): HttpClient {
  const { Agent, request } = origin.startsWith('https:') ? https : http
  const agent = new Agent({ keepAlive: true, timeout: silenceMs })
  return {
    send: (wanted) => send({ agent, request }, origin, wanted),
    [Symbol.dispose]: () => agent.destroy(),
  }
}

interface Transport {
  readonly agent: http.Agent
  readonly request: typeof http.request
}

function send({ agent, request }: Transport, origin: string, wanted: HttpRequest): Promise<Buffer> {
  const { method, path, headers, body } = wanted
  const length = body ? { 'content-length': String(body.length) } : {}
  return new Promise((resolve, reject) => {
    const outgoing = request(origin + path, { agent, method, headers: { ...headers, ...length } })
    outgoing.on('error', reject)
    outgoing.on('timeout', () => outgoing.destroy(new Error('timed out')))
    outgoing.on('response', (response) => {
      const chunks: Buffer[] = []
      response.on('error', reject)
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('end', () => {
        const sent = Buffer.concat(chunks)
        const answer = response.headers['content-encoding'] === 'gzip' ? gunzipSync(sent) : sent
        const status = response.statusCode ?? 0
        if (status >= 200 && status < 300) resolve(answer)
        else reject(new StatusError(status, `${method} ${path}`, answer))
      })
    })
    outgoing.end(body)
  })
}
