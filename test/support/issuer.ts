/** A real OpenID provider on loopback, for whoever must accept its tokens. Not for the server's own tokens. */
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { exportJWK, generateKeyPair, type JWK } from 'jose'

export type IssuerAlgorithm = 'RS256' | 'ES256' | 'EdDSA'

export interface Issuer extends AsyncDisposable {
  /** Value of `iss`. */
  readonly issuer: string
  readonly jwksUri: string
  /** Id of the one client, and `sub` of its tokens. */
  readonly clientId: string
  /**
   * A JWT access token, by the client_credentials grant over HTTP. @see RFC 9068
   *
   * @param opts.claims what it says otherwise than usual: a platform speaks of its workloads so
   */
  accessToken(opts?: {
    scope?: string
    algorithm?: IssuerAlgorithm
    claims?: Readonly<Record<string, unknown>>
  }): Promise<string>
}

/** As much as tests need of the class of the package, which ships no types. */
export interface Provider {
  callback(): (req: unknown, res: unknown) => void
  readonly DeviceCode: { findByUserCode(code: string): Promise<Saved> }
  readonly Grant: new (of: object) => Saved & { addOIDCScope(scope: string): void }
}
interface Saved {
  readonly clientId: string
  save(): Promise<string>
}
type ProviderClass = new (issuer: string, configuration: object) => Provider

const CLIENT = { id: 'agent-runner', secret: 'only-for-the-tests' }
const ALGORITHMS: readonly IssuerAlgorithm[] = ['RS256', 'ES256', 'EdDSA']

/** @param opts.audience `aud` of every access token; @param opts.scopes that the client may ask for */
export async function startIssuer(opts: { audience: string; scopes?: readonly string[] }): Promise<Issuer> {
  const { issuer, stop } = await startProvider(await configuration(opts.audience, opts.scopes ?? []))
  return {
    issuer,
    jwksUri: `${issuer}/jwks`,
    clientId: CLIENT.id,
    accessToken: ({ scope = '', algorithm = 'RS256', claims } = {}) =>
      askForToken(issuer, { resource: resourceOf(opts.audience, algorithm, claims), scope }),
    [Symbol.asyncDispose]: stop,
  }
}

/** A provider on a port of its own. */
export async function startProvider(configuration: object): Promise<{
  issuer: string
  provider: Provider
  /** Paths of all requests so far. */
  asked: readonly string[]
  stop: () => Promise<void>
}> {
  const server = createServer()
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  // Its name is kept from the compiler.
  const { default: OidcProvider } = (await import('oidc-provider' as string)) as { default: ProviderClass }
  const provider = new OidcProvider(issuer, configuration)
  const asked: string[] = []
  server.on('request', ({ url }) => asked.push(url ?? ''))
  server.on('request', provider.callback())
  return { issuer, provider, asked, stop: () => close(server) }
}

/** One resource an algorithm: the provider chooses how to sign by it. Claims travel behind it. */
function resourceOf(audience: string, algorithm: IssuerAlgorithm, claims?: object): string {
  const said = claims ? `&${Buffer.from(JSON.stringify(claims)).toString('base64url')}` : ''
  return `${audience}?${algorithm}${said}`
}

function sayClaims(resource: string, payload: object): void {
  const [, said] = resource.split('&')
  if (said !== undefined) Object.assign(payload, JSON.parse(Buffer.from(said, 'base64url').toString()))
}

async function configuration(audience: string, scopes: readonly string[]): Promise<object> {
  return {
    clients: [
      {
        client_id: CLIENT.id,
        client_secret: CLIENT.secret,
        grant_types: ['client_credentials'],
        redirect_uris: [],
        response_types: [],
      },
    ],
    jwks: { keys: await Promise.all(ALGORITHMS.map(privateJwk)) },
    scopes: [...scopes],
    formats: {
      customizers: {
        jwt: (
          { oidc }: { oidc: { params: { resource: string } } },
          _token: unknown,
          { payload }: { payload: object },
        ) => sayClaims(oidc.params.resource, payload),
      },
    },
    features: {
      devInteractions: { enabled: false },
      clientCredentials: { enabled: true },
      resourceIndicators: {
        enabled: true,
        getResourceServerInfo: (_ctx: unknown, resource: string) => ({
          audience,
          scope: scopes.join(' '),
          accessTokenFormat: 'jwt',
          accessTokenTTL: 600,
          jwt: { sign: { alg: resource.slice(audience.length + 1).split('&')[0] } },
        }),
      },
    },
  }
}

export async function privateJwk(alg: IssuerAlgorithm): Promise<JWK> {
  const { privateKey } = await generateKeyPair(alg, { extractable: true })
  return { ...(await exportJWK(privateKey)), alg, use: 'sig', kid: alg.toLowerCase() }
}

async function askForToken(issuer: string, form: Record<string, string>): Promise<string> {
  const response = await fetch(`${issuer}/token`, {
    method: 'POST',
    headers: { authorization: `Basic ${btoa(`${CLIENT.id}:${CLIENT.secret}`)}` },
    body: new URLSearchParams({ grant_type: 'client_credentials', ...form }),
  })
  const answer = (await response.json()) as { access_token?: string }
  if (!answer.access_token) throw new Error(`issuer: ${response.status} ${JSON.stringify(answer)}`)
  return answer.access_token
}

async function close(server: Server): Promise<void> {
  server.close()
  server.closeAllConnections()
  await once(server, 'close')
}
