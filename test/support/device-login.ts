/** Logging in by device, as a command on somebody's machine does. */
import type { LoginProvider } from './login-provider.ts'
import { askForToken, type Form, type TokenReply } from './token-endpoint.ts'
import type { World } from './world.ts'

export const DEVICE_CODE = 'urn:ietf:params:oauth:grant-type:device_code'
export const CLI = 'sluice-cli'

/** `POST /oauth/device_authorization`. */
export async function beginLogin(
  { url }: Pick<World, 'url'>,
  form: Readonly<Record<string, string>> = { client_id: CLI },
  headers: Readonly<Record<string, string>> = {},
): Promise<TokenReply> {
  const body = new URLSearchParams(form)
  const answer = await fetch(`${url}/oauth/device_authorization`, { method: 'POST', headers, body })
  const text = await answer.text()
  return { status: answer.status, headers: answer.headers, text, json: JSON.parse(text) }
}

export function pollLogin(w: Pick<World, 'url'>, deviceCode: string, more: Form = {}): Promise<TokenReply> {
  return askForToken(w, { grant_type: DEVICE_CODE, device_code: deviceCode, client_id: CLI, ...more })
}

export interface LoggedIn {
  readonly access_token: string
  readonly refresh_token: string
  readonly expires_in: number
  readonly scope: string
}

/** Everything from the beginning to the tokens; fails loudly when it gives none. */
export async function logIn(
  w: Pick<World, 'url'>,
  provider: LoginProvider,
  subject: string,
  opts: { readonly scope?: string } = {},
): Promise<LoggedIn> {
  const { json: begun } = await beginLogin(w, { client_id: CLI, ...opts })
  await provider.confirm(begun.user_code, subject)
  const { status, text, json } = await pollLogin(w, begun.device_code)
  if (status !== 200) throw new Error(`POST /oauth/token: ${status} ${text}`)
  return json
}
