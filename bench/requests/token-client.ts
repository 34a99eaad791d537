/** Gets, tries and revokes tokens, over one kept connection. */
import { openConnection, type Answer } from '../measure/connection.ts'
import { renderRequest } from './rest-client.ts'

export interface MintedToken {
  readonly id: string
  readonly token: string
}

/** @throws Error on an answer that is not the one of success: an error answered fast would look like a good figure */
export interface TokenClient extends Disposable {
  /** As a public client makes it. @see RFC 8693 */
  exchange(subjectToken: string, audience: string): Promise<string>
  /** A long-lived token that may read. */
  mint(bearer: string): Promise<MintedToken>
  revoke(bearer: string, id: string): Promise<void>
  /** Is it accepted at this moment? */
  isGood(token: string): Promise<boolean>
}

const ACCESS_TOKEN = 'urn:ietf:params:oauth:token-type:access_token'
const FORM = 'application/x-www-form-urlencoded'

export function openTokenClient(origin: string): TokenClient {
  const connection = openConnection(origin)
  const { host } = new URL(origin)
  const ask = (line: string, fields: Readonly<Record<string, string>>, body = '') =>
    connection.ask(renderRequest(line, { host, 'content-length': String(body.length), ...fields }, body))
  return {
    exchange: async (subjectToken, audience) => {
      const form = new URLSearchParams({
        grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
        subject_token: subjectToken,
        subject_token_type: ACCESS_TOKEN,
        audience,
      })
      const line = 'POST /oauth/token'
      const answer = await ask(line, { 'content-type': FORM }, form.toString())
      return parsed<{ access_token: string }>(line, answer, 200).access_token
    },
    mint: async (bearer) => {
      const line = 'POST /tokens'
      const fields = { ...authorization(bearer), 'content-type': 'application/json' }
      return parsed(line, await ask(line, fields, '{"name":"bench","scope":"repo:read"}'), 201)
    },
    revoke: async (bearer, id) => {
      const line = `DELETE /tokens/${id}`
      check(line, await ask(line, authorization(bearer)), [204])
    },
    isGood: async (token) => {
      const line = 'GET /whoami'
      const answer = await ask(line, authorization(token))
      check(line, answer, [200, 401])
      return answer.status === 200
    },
    [Symbol.dispose]: () => connection[Symbol.dispose](),
  }
}

function authorization(bearer: string) {
  return { authorization: `Bearer ${bearer}` }
}

function parsed<T>(line: string, answer: Answer, status: number): T {
  check(line, answer, [status])
  return JSON.parse(answer.body.toString('utf8')) as T
}

function check(line: string, { status, body }: Answer, good: readonly number[]): void {
  if (!good.includes(status)) throw new Error(`${line}: ${status} ${body.toString('utf8', 0, 300)}`)
}
