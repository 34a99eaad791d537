/** What tests of accounts and long-lived tokens do over and over, on a stage of a rest world. */
import type { Answer, Stage } from './rest.ts'

/** The answer, if it is the one that the caller counts on; fails loudly otherwise. */
export async function expectStatus(status: number, asked: Promise<Answer>): Promise<Answer> {
  const answer = await asked
  if (answer.status !== status) throw new Error(`${answer.status} instead of ${status}: ${answer.text}`)
  return answer
}

export async function newMachine(
  server: Stage,
  by: string,
  fields: { kind?: 'agent' | 'service'; displayName?: string; org?: string } = {},
): Promise<{ id: string } & Record<string, unknown>> {
  const body = { kind: 'agent', displayName: 'agent-7', ...fields }
  return (await expectStatus(201, server.ask(by, 'POST', '/accounts', body))).json
}

export interface MintedToken {
  readonly id: string
  readonly token: string
  readonly [field: string]: unknown
}

/** `POST /tokens`. @param by somebody of the stage, or a credential as headers */
export async function newToken(
  server: Stage,
  by: string | Readonly<Record<string, string>>,
  fields: Record<string, unknown> = {},
): Promise<MintedToken> {
  const body = { name: 'a token', ...fields }
  const [who, headers] = typeof by === 'string' ? [by, {}] : [null, by]
  return (await expectStatus(201, server.ask(who, 'POST', '/tokens', body, headers))).json
}

export function bearer({ token }: Pick<MintedToken, 'token'>): { authorization: string } {
  return { authorization: `Bearer ${token}` }
}

/** The status of a question that every good credential may ask. */
export async function whoamiStatus(server: Stage, minted: Pick<MintedToken, 'token'>): Promise<number> {
  return (await server.ask(null, 'GET', '/whoami', undefined, bearer(minted))).status
}

/** A signed token of ours, by exchange. @see RFC 8693 */
export async function exchanged(url: string, subjectToken: string): Promise<{ token: string }> {
  const form = new URLSearchParams({
    grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
    subject_token: subjectToken,
    subject_token_type: 'urn:ietf:params:oauth:token-type:access_token',
  })
  const answer = await fetch(`${url}/oauth/token`, { method: 'POST', body: form })
  const body = (await answer.json()) as { access_token?: string }
  if (body.access_token === undefined) throw new Error(`exchange: ${answer.status} ${JSON.stringify(body)}`)
  return { token: body.access_token }
}
