/** A client that costs little: HTTP/1.1 on kept connections, whole answers, gzip undone, no redirects. */
import { Agent, request } from 'node:http'
import { gunzipSync } from 'node:zlib'

export interface HttpRequest {
  readonly method: 'GET' | 'POST'
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: Buffer
}

export interface HttpClient extends Disposable {
  /** @throws Error on any status but 2xx: an error answered fast would look like a good figure */
  send(wanted: HttpRequest): Promise<Buffer>
}

/** @param origin `http://host:port` */
export function openHttpClient(origin: string): HttpClient {
  const agent = new Agent({ keepAlive: true })
  return {
    send: (wanted) => send(agent, origin, wanted),
    [Symbol.dispose]: () => agent.destroy(),
  }
}

function send(agent: Agent, origin: string, wanted: HttpRequest): Promise<Buffer> {
  const { method, path, headers, body } = wanted
  const length = body ? { 'content-length': String(body.length) } : {}
  return new Promise((resolve, reject) => {
    const outgoing = request(origin + path, { agent, method, headers: { ...headers, ...length } })
    outgoing.on('error', reject)
    outgoing.on('response', (response) => {
      const chunks: Buffer[] = []
      response.on('error', reject)
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('end', () => {
        const sent = Buffer.concat(chunks)
        const answer = response.headers['content-encoding'] === 'gzip' ? gunzipSync(sent) : sent
        const status = response.statusCode ?? 0
        if (status >= 200 && status < 300) resolve(answer)
        else reject(new Error(`${method} ${path}: ${status} ${answer.toString('utf8', 0, 300)}`))
      })
    })
    outgoing.end(body)
  })
}
