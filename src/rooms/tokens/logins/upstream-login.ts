/**
 * A login by device at the provider behind us, as its client. Its tokens are read once, for the id
 * token, and thrown away.
 *
 * @see RFC 8628; OpenID Connect Core 1.0, section 3.1.3
 */
import { z } from 'zod'
import { boundedFetch, ISSUER_FETCH_LIMITS } from '../../../http/bounded-fetch.ts'
import type { Discover, Provider } from './upstream-discovery.ts'

export interface UpstreamClient {
  readonly clientId: string
  /** `null`: a public client. */
  readonly clientSecret: string | null
  /** With `openid`. */
  readonly scope: string
}

export interface UpstreamStart {
  /** A secret. */
  readonly deviceCode: string
  readonly userCode: string
  readonly verificationUri: string
  readonly verificationUriComplete: string | null
  readonly expiresInSeconds: number
  readonly intervalSeconds: number
}

/** `error`: one of RFC 8628 section 3.5 or RFC 6749 section 5.2, as the provider says it. */
export type UpstreamPoll = { readonly idToken: string } | { readonly error: string }

export interface UpstreamLogin {
  /** @throws Error whatever went wrong; its text holds nothing that either side sent */
  start(): Promise<UpstreamStart>
  /** @throws Error likewise */
  poll(deviceCode: string): Promise<UpstreamPoll>
}

const DEVICE_CODE = 'urn:ietf:params:oauth:grant-type:device_code'
const DEFAULT_INTERVAL_SECONDS = 5
const MAX_INTERVAL_SECONDS = 60
const MAX_LIFE_SECONDS = 1_800

const seconds = (max: number) =>
  z
    .number()
    .positive()
    .transform((n) => Math.min(Math.ceil(n), max))
const webAddress = z
  .string()
  .max(2048)
  .regex(/^https?:\/\/[\x21-\x7e]+$/)

const Started = z.object({
  device_code: z.string().min(1).max(4096),
  user_code: z.string().regex(/^[\x20-\x7e]{1,64}$/),
  verification_uri: webAddress,
  verification_uri_complete: webAddress.optional(),
  expires_in: seconds(MAX_LIFE_SECONDS),
  interval: seconds(MAX_INTERVAL_SECONDS).default(DEFAULT_INTERVAL_SECONDS),
})
const LoggedIn = z.object({ id_token: z.string() })
const Failed = z.object({ error: z.string() })

export function upstreamLogin(client: UpstreamClient, discover: Discover): UpstreamLogin {
  return {
    start: async () => {
      const provider = await discover()
      const { scope } = client
      const { status, json } = await ask(provider.deviceAuthorizationEndpoint, provider, client, { scope })
      const started = Started.safeParse(json)
      if (status !== 200 || !started.success)
        throw new Error(`login provider: no login by device (HTTP ${status})`)
      return startOf(started.data)
    },
    poll: async (deviceCode) => {
      const provider = await discover()
      const form = { grant_type: DEVICE_CODE, device_code: deviceCode }
      const { status, json } = await ask(provider.tokenEndpoint, provider, client, form)
      const loggedIn = LoggedIn.safeParse(json)
      if (status === 200 && loggedIn.success) return { idToken: loggedIn.data.id_token }
      const failed = Failed.safeParse(json)
      if (status >= 400 && status < 500 && failed.success) return { error: failed.data.error }
      throw new Error(`login provider: neither an id token nor an error (HTTP ${status})`)
    },
  }
}

function startOf(started: z.output<typeof Started>): UpstreamStart {
  return {
    deviceCode: started.device_code,
    userCode: started.user_code,
    verificationUri: started.verification_uri,
    verificationUriComplete: started.verification_uri_complete ?? null,
    expiresInSeconds: started.expires_in,
    intervalSeconds: started.interval,
  }
}

async function ask(
  uri: URL,
  provider: Provider,
  client: UpstreamClient,
  form: Readonly<Record<string, string>>,
): Promise<{ readonly status: number; readonly json: unknown }> {
  const { headers, fields } = authentication(provider, client)
  const body = new URLSearchParams({ ...form, ...fields })
  const answer = await boundedFetch(
    uri,
    { method: 'POST', headers: { accept: 'application/json', ...headers }, body },
    ISSUER_FETCH_LIMITS,
  )
  return { status: answer.status, json: parse(answer.text) }
}

/** Basic, unless the provider says that it wants the secret in the form. @see RFC 6749, section 2.3.1 */
function authentication({ clientAuthentication: methods }: Provider, client: UpstreamClient) {
  const { clientId, clientSecret } = client
  if (clientSecret === null) return { headers: {}, fields: { client_id: clientId } }
  const inForm = methods?.includes('client_secret_post') && !methods.includes('client_secret_basic')
  if (inForm) return { headers: {}, fields: { client_id: clientId, client_secret: clientSecret } }
  const pair = `${formEncoded(clientId)}:${formEncoded(clientSecret)}`
  return { headers: { authorization: `Basic ${Buffer.from(pair).toString('base64')}` }, fields: {} }
}

function formEncoded(text: string): string {
  return new URLSearchParams({ '': text }).toString().slice(1)
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}
