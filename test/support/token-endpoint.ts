/** The token endpoint as its clients use it, and the machines that they are. */
import { decodeJwt, type JWTPayload } from 'jose'
import type { Account, NewAccount } from '../../src/kernel/account.ts'
import { standsFor } from '../../src/kernel/account.ts'
import { UNRESTRICTED, type Grants } from '../../src/kernel/grants.ts'
import { mintOpaqueToken } from '../../src/kernel/opaque-token.ts'
import { newId } from '../../src/kernel/uuid.ts'
import { Accounts } from '../../src/store/accounts.ts'
import type { Database } from '../../src/store/database.ts'
import { EventLog } from '../../src/store/log/events.ts'
import { OpaqueTokens } from '../../src/store/opaque-tokens.ts'
import { Revocations } from '../../src/store/revocations.ts'
import type { World } from './world.ts'

const TYPE = 'urn:ietf:params:oauth:token-type:'
export const ACCESS_TOKEN = `${TYPE}access_token`
export const JWT = `${TYPE}jwt`
export const ID_TOKEN = `${TYPE}id_token`
export const TOKEN_EXCHANGE = 'urn:ietf:params:oauth:grant-type:token-exchange'

/** Parameters; a list repeats one. */
export type Form = Readonly<Record<string, string | readonly string[] | undefined>>

export interface TokenReply {
  readonly status: number
  readonly headers: Headers
  readonly text: string
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  readonly json: any
}

/** `POST /oauth/token` with these parameters. */
export async function askForToken(
  { url }: Pick<World, 'url'>,
  form: Form,
  headers: Readonly<Record<string, string>> = {},
): Promise<TokenReply> {
  const parameters = Object.entries(form).flatMap(([name, value]) =>
    value === undefined ? [] : [value].flat().map((one) => [name, one] as [string, string]),
  )
  const answer = await fetch(`${url}/oauth/token`, {
    method: 'POST',
    headers,
    body: new URLSearchParams(parameters),
  })
  const text = await answer.text()
  return { status: answer.status, headers: answer.headers, text, json: JSON.parse(text) }
}

/** An exchange of `subjectToken`, as the client asks for it. */
export function exchange(w: Pick<World, 'url'>, subjectToken: string, more: Form = {}): Promise<TokenReply> {
  const base = { grant_type: TOKEN_EXCHANGE, subject_token: subjectToken, subject_token_type: ACCESS_TOKEN }
  return askForToken(w, { ...base, ...more })
}

/** The token that an exchange gives; fails loudly when it gives none. */
export async function exchanged(
  w: Pick<World, 'url'>,
  subjectToken: string,
  more: Form = {},
): Promise<string> {
  const { status, text, json } = await exchange(w, subjectToken, more)
  if (status !== 200) throw new Error(`POST /oauth/token: ${status} ${text}`)
  return json.access_token
}

/** Status and `error` of an answer, which is all that a refused client acts on. */
export function refusalOf({ status, json }: TokenReply): string {
  return `${status} ${json.error}`
}

/** One entry of `authorization_details`, as a parameter. */
export function details(...entries: readonly object[]): string {
  return JSON.stringify(entries.map((entry) => ({ type: 'git_repository', ...entry })))
}

export function basic(id: string, secret: string): Record<string, string> {
  const pair = `${encodeURIComponent(id)}:${encodeURIComponent(secret)}`
  return { authorization: `Basic ${Buffer.from(pair).toString('base64')}` }
}

export function claimsOf(token: string): JWTPayload & Record<string, unknown> {
  return decodeJwt(token)
}

const BY_NOBODY = { actorId: null, agentId: null }

export interface Machine {
  readonly account: Account
  /** Its opaque token, which is its client secret as well. */
  readonly secret: string
  readonly tokenId: string
}

/** An account with an opaque token, made past the server. */
export async function machine(
  w: Pick<World, 'openDatabase'>,
  fresh: Partial<NewAccount>,
  opts: { readonly grants?: Grants; readonly expiresAt?: number } = {},
): Promise<Machine> {
  await using database = await w.openDatabase()
  const account = await new Accounts({
    database,
    events: new EventLog({ database, clock: Date, newId }),
    clock: Date,
    newId,
  }).create({
    kind: 'agent',
    displayName: 'agent-7',
    email: null,
    ...fresh,
  })
  const { token, kind, hash } = mintOpaqueToken('deploy')
  const { id } = await tokensIn(database).insert(
    {
      id: newId(),
      hash,
      kind,
      accountId: account.id,
      name: 'of a test',
      grants: opts.grants ?? UNRESTRICTED,
      actingFor: standsFor(account).actorId === null ? null : account.ownerId,
      mintedFrom: [],
      createdBy: null,
      expiresAt: opts.expiresAt ?? null,
    },
    BY_NOBODY,
  )
  return { account, secret: token, tokenId: id }
}

/** Past the server, as another process would do it. */
export async function revokeToken(w: Pick<World, 'openDatabase'>, id: string): Promise<void> {
  await using database = await w.openDatabase()
  const unlisted = { kind: 'access', accountId: null, expiresAt: Date.now() + 3600_000 }
  await tokensIn(database).revoke(id, BY_NOBODY, unlisted)
}

function tokensIn(database: Database): OpaqueTokens {
  const events = new EventLog({ database, clock: Date, newId })
  return new OpaqueTokens({
    database,
    events,
    revocations: new Revocations({ database, clock: Date }),
    clock: Date,
  })
}
