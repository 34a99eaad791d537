/** Asks the REST API about one repository, over one kept connection. */
import { openConnection, type Answer } from '../measure/connection.ts'
import type { GitServer, HostedRepository } from '../peers/git-server.ts'

export interface RestClient extends Disposable {
  /**
   * @param path below the repository: `/tree/main`
   * @throws Error on any status but 2xx: an error answered fast would look like a good figure
   */
  get(path: string): Promise<Buffer>
  /** @throws Error on any status but 2xx */
  post(path: string, body: object): Promise<Buffer>
}

export function openRestClient(
  { origin, headers }: Pick<GitServer, 'origin' | 'headers'>,
  { path: repository }: Pick<HostedRepository, 'path'>,
): RestClient {
  const connection = openConnection(origin)
  const fields = { ...headers, host: new URL(origin).host }
  const ask = async (method: 'GET' | 'POST', path: string, extra: Fields, body: string) => {
    const target = `/repos${repository}${path}`
    const request = renderRequest(`${method} ${target}`, { ...fields, ...extra }, body)
    return checked(`${method} ${target}`, await connection.ask(request))
  }
  return {
    get: (path) => ask('GET', path, {}, ''),
    post: (path, body) => {
      const text = JSON.stringify(body)
      const length = String(Buffer.byteLength(text))
      return ask('POST', path, { 'content-type': 'application/json', 'content-length': length }, text)
    },
    [Symbol.dispose]: () => connection[Symbol.dispose](),
  }
}

/** What a JSON answer says. */
export function parseAnswer<T>(answer: Buffer): T {
  return JSON.parse(answer.toString('utf8')) as T
}

type Fields = Readonly<Record<string, string>>

/** @param line method and target; @param fields with `host`, and `content-length` where there is a body */
export function renderRequest(line: string, fields: Fields, body: string): Buffer {
  const lines = Object.entries(fields).map(([name, value]) => `${name}: ${value}\r\n`)
  return Buffer.from(`${line} HTTP/1.1\r\n${lines.join('')}\r\n${body}`)
}

function checked(asked: string, { status, body }: Answer): Buffer {
  if (status >= 200 && status < 300) return body
  throw new Error(`${asked}: ${status} ${body.toString('utf8', 0, 300)}`)
}
