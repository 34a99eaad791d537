/** A client that costs little: HTTP/1.1 on kept connections, whole answers, no redirects. */
import { Agent, request } from 'node:http'

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
    const sent = request(origin + path, { agent, method, headers: { ...headers, ...length } })
    sent.on('error', reject)
    sent.on('response', (response) => {
      const chunks: Buffer[] = []
      response.on('error', reject)
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('end', () => {
        const answer = Buffer.concat(chunks)
        const status = response.statusCode ?? 0
        if (status >= 200 && status < 300) resolve(answer)
        else reject(new Error(`${method} ${path}: ${status} ${answer.toString('utf8', 0, 300)}`))
      })
    })
    sent.end(body)
  })
}
