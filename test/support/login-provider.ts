/** A real OpenID provider at which people log in by device. Somebody with a browser confirms by `confirm`. */
import { privateJwk, startProvider, type Provider } from './issuer.ts'

export interface LoginProvider extends AsyncDisposable {
  readonly issuer: string
  readonly clientId: string
  /** Environment of a server whose people log in here; they may also present their id tokens. */
  readonly settings: Readonly<Record<string, string>>
  /** Somebody types the code and says yes. */
  confirm(userCode: string, subject: string): Promise<void>
  /** Somebody types the code and says no. */
  refuse(userCode: string): Promise<void>
  /** An id token of theirs, got without the server. */
  idToken(subject: string): Promise<string>
  /** Requests to its token endpoint so far. */
  readonly polls: () => number
}

const CLIENT = { id: 'sluice', secret: 'p&ss word:of the tests' }
const SCOPE = 'openid profile email'
const DEVICE_CODE = 'urn:ietf:params:oauth:grant-type:device_code'

/** @param opts.public the client has no secret; @param opts.lifeSeconds of a device code */
export async function startLoginProvider(
  opts: { public?: boolean; lifeSeconds?: number } = {},
): Promise<LoginProvider> {
  const { issuer, provider, asked, stop } = await startProvider(await configuration(opts))
  return {
    issuer,
    clientId: CLIENT.id,
    settings: {
      SLUICE_LOGIN_ISSUER: issuer,
      SLUICE_LOGIN_CLIENT_ID: CLIENT.id,
      ...(!opts.public && { SLUICE_LOGIN_CLIENT_SECRET: CLIENT.secret }),
      SLUICE_ISSUERS: JSON.stringify([{ issuer, audience: CLIENT.id, jwksUri: `${issuer}/jwks` }]),
    },
    confirm: (userCode, subject) => confirm(provider, userCode, subject),
    refuse: (userCode) => settle(provider, userCode, { error: 'access_denied' }),
    idToken: (subject) => logIn(issuer, provider, subject, opts.public === true),
    polls: () => asked.filter((path) => path === '/token').length,
    [Symbol.asyncDispose]: stop,
  }
}

async function configuration(opts: { public?: boolean; lifeSeconds?: number }) {
  return {
    clients: [
      {
        client_id: CLIENT.id,
        ...(opts.public ? { token_endpoint_auth_method: 'none' } : { client_secret: CLIENT.secret }),
        application_type: 'native',
        grant_types: [DEVICE_CODE],
        redirect_uris: [],
        response_types: [],
      },
    ],
    jwks: { keys: [await privateJwk('RS256')] },
    claims: { openid: ['sub'], profile: ['name'], email: ['email', 'email_verified'] },
    conformIdTokenClaims: false,
    findAccount: (_ctx: unknown, accountId: string) => {
      const email = `${accountId}@example.test`
      return { accountId, claims: () => ({ sub: accountId, name: accountId, email, email_verified: true }) }
    },
    ttl: { DeviceCode: opts.lifeSeconds ?? 600, AccessToken: 60, IdToken: 600, Grant: 600 },
    features: { devInteractions: { enabled: false }, deviceFlow: { enabled: true } },
  }
}

async function confirm(provider: Provider, userCode: string, subject: string): Promise<void> {
  const grant = new provider.Grant({ accountId: subject, clientId: CLIENT.id })
  grant.addOIDCScope(SCOPE)
  const authTime = Math.floor(Date.now() / 1000)
  await settle(provider, userCode, {
    accountId: subject,
    grantId: await grant.save(),
    scope: SCOPE,
    authTime,
  })
}

async function settle(provider: Provider, userCode: string, outcome: object): Promise<void> {
  const code = await provider.DeviceCode.findByUserCode(userCode.replace('-', ''))
  await Object.assign(code, outcome).save()
}

async function logIn(
  issuer: string,
  provider: Provider,
  subject: string,
  isPublic: boolean,
): Promise<string> {
  const ask = async (path: string, form: Record<string, string>) => {
    const pair = [CLIENT.id, CLIENT.secret].map((text) => encodeURIComponent(text)).join(':')
    const answer = await fetch(issuer + path, {
      method: 'POST',
      headers: isPublic ? {} : { authorization: `Basic ${Buffer.from(pair).toString('base64')}` },
      body: new URLSearchParams({ client_id: CLIENT.id, ...form }),
    })
    return (await answer.json()) as Record<string, string>
  }
  const { device_code = '', user_code = '' } = await ask('/device/auth', { scope: SCOPE })
  await confirm(provider, user_code, subject)
  const { id_token } = await ask('/token', { grant_type: DEVICE_CODE, device_code })
  if (id_token === undefined) throw new Error('login provider: no id token')
  return id_token
}
