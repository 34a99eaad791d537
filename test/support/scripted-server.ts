/** A server that answers as it is told, whatever it is asked: how a client meets one that is busy, broken or hostile. */
import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface HeardRequest {
  readonly method: string
  readonly url: string
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

export interface ScriptedAnswer {
  readonly status: number
  readonly headers?: Readonly<Record<string, string>>
  /** Anything but text becomes JSON. */
  readonly body?: unknown
}

export interface ScriptedServer extends AsyncDisposable {
  readonly url: string
  /** Everything that it was asked, oldest first. */
  readonly heard: HeardRequest[]
  /** What it answers from now on; the last answer is repeated. */
  play(...answers: (ScriptedAnswer | ((request: HeardRequest) => ScriptedAnswer))[]): void
}

export async function scriptedServer(): Promise<ScriptedServer> {
  const heard: HeardRequest[] = []
  let script: (ScriptedAnswer | ((request: HeardRequest) => ScriptedAnswer))[] = []
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    const { method = '', url = '', headers } = request
    const told = { method, url, headers, body: Buffer.concat(chunks).toString() }
    heard.push(told)
    const next = (script.length > 1 ? script.shift() : script[0]) ?? { status: 500 }
    const { status, headers: more = {}, body = '' } = typeof next === 'function' ? next(told) : next
    response.writeHead(status, { 'content-type': 'application/json', ...more })
    response.end(typeof body === 'string' ? body : JSON.stringify(body))
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    heard,
    play: (...answers) => {
      script = answers
      heard.length = 0
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
