/** Questions about tokens, as OAuth clients ask them of a server. */
import { UNRESTRICTED } from '../../src/kernel/grants.ts'
import { mintOpaqueToken } from '../../src/kernel/opaque-token.ts'
import { newId } from '../../src/kernel/uuid.ts'
import { EventLog } from '../../src/store/log/events.ts'
import { RefreshTokens } from '../../src/store/refresh-tokens.ts'
import { Revocations } from '../../src/store/revocations.ts'
import type { World } from './world.ts'

export interface Reply {
  readonly status: number
  readonly headers: Headers
  readonly text: string
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  readonly json: any
}

type Server = Pick<World, 'url'>
type Headings = Readonly<Record<string, string>>

export function bearer(token: string): Headings {
  return { authorization: `Bearer ${token}` }
}

/** A form to one of the OAuth endpoints. */
export async function postForm(
  { url }: Server,
  path: string,
  form: Readonly<Record<string, string>>,
  headers: Headings = {},
): Promise<Reply> {
  const answer = await fetch(url + path, { method: 'POST', headers, body: new URLSearchParams(form) })
  return replyOf(answer)
}

/** A document for anybody. */
export async function getJson({ url }: Server, path: string, headers: Headings = {}): Promise<Reply> {
  return replyOf(await fetch(url + path, { headers }))
}

async function replyOf(answer: Response): Promise<Reply> {
  const text = await answer.text()
  const isJson = /^application\/[\w+-]*json/.test(answer.headers.get('content-type') ?? '') && text !== ''
  return { status: answer.status, headers: answer.headers, text, json: isJson ? JSON.parse(text) : null }
}

/** `POST /oauth/introspect` with a credential as a Bearer token. */
export function introspect(w: Server, token: string, credential: string): Promise<Reply> {
  return postForm(w, '/oauth/introspect', { token }, bearer(credential))
}

export function revoke(
  w: Server,
  token: string,
  more: Readonly<Record<string, string>> = {},
): Promise<Reply> {
  return postForm(w, '/oauth/revoke', { token, ...more })
}

/** Does the server accept it now? The status of a question that every good credential may ask. */
export async function statusWith({ url }: Server, token: string): Promise<number> {
  return (await fetch(`${url}/whoami`, { headers: bearer(token) })).status
}

/** A login that is kept going by refresh tokens, made past the server. */
export async function loginKept(
  w: Pick<World, 'openDatabase'>,
  accountId: string,
  { clientId = null, mintedFrom = [] }: { clientId?: string | null; mintedFrom?: readonly string[] } = {},
): Promise<{ refreshToken: string; familyId: string }> {
  await using database = await w.openDatabase()
  const parts = { database, clock: Date }
  const events = new EventLog({ ...parts, newId })
  const rows = new RefreshTokens({ ...parts, events, revocations: new Revocations(parts) })
  const { token, hash } = mintOpaqueToken('refresh')
  const family = {
    id: newId(),
    subjectId: accountId,
    actorId: null,
    clientId,
    grants: UNRESTRICTED,
    mintedFrom,
  }
  await rows.start(family, hash, { actorId: accountId, agentId: null })
  return { refreshToken: token, familyId: family.id }
}
